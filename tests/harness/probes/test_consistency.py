"""What the answers to the probes say: chance, neighbours, a state, sizes, and what fails on few images."""

import numpy as np
import pytest
from answering import CLASSES, TwoProcessors, failing, faults, messages, right

from plants.harness.faults import fault
from plants.harness.probes import probes
from plants.harness.run.session import Failed


def rounding(number):
    """The images of the test whose answer is a near-tie: about one of `number`."""
    return lambda images: images[:, 0, 0, 1] % number == 0


def test_near_ties_that_the_batch_size_decides_are_a_warning_that_says_so():
    def answer(session, images):
        return right(images) ^ (rounding(40)(images) & (len(images) < 64))

    (near,) = faults(answer)
    assert (near.code, near.level) == ("DET03", "warning")
    assert "asked about 63 images instead of 200" in near.message and near.message.endswith(": near-ties.")
    assert near.remedy.startswith("Expect the score to differ by these images")


def test_near_ties_that_the_place_decides_are_no_neighbours():
    def answer(session, images):
        return right(images) ^ (rounding(30)(images) & (np.arange(len(images)) % 2 == 1))

    ((code, message),) = messages(answer)
    assert code == "DET03" and message.endswith(": near-ties.")


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.9])
@pytest.mark.parametrize("seed", range(5))
def test_chance_is_called_chance_however_much_there_is_of_it(share, seed):
    rng = np.random.default_rng(seed)

    def answer(session, images):
        return (right(images) + (rng.random(len(images)) < share)) % CLASSES

    assert [code for code, _ in messages(answer)] == ["DET01"]


def brightened(rng):
    return lambda session, images: (
        np.clip(images[:, 4, 4, 0] + rng.uniform(-60, 60), 0, 255).astype(int) // 64
    )


def scaled(rng):
    return lambda session, images: (
        np.clip(images[:, 4, 4, 0] * rng.uniform(0.5, 1.5), 0, 255).astype(int) // 64
    )


def mirrored(rng, *, often=0.5):
    """Upside down, which this net takes for another class."""
    return lambda session, images: (right(images) + (rng.random() < often)) % CLASSES


def mirrored_seldom(rng):
    return mirrored(rng, often=0.2)


@pytest.mark.parametrize(
    "draw, often", [(brightened, 19), (scaled, 19), (mirrored, 19), (mirrored_seldom, 17)]
)
def test_one_draw_for_all_images_of_a_call_is_chance_and_no_cheat_and_no_mixing(draw, often):
    """As by tf.image.random_brightness on a batch: calls differ as a whole, and any may be a bad one."""
    said = [faults(draw(np.random.default_rng(seed))) for seed in range(20)]
    assert [[fault.code for fault in faults] for faults in said].count(["DET01"]) >= often
    assert {fault.level for faults in said for fault in faults} == {"warning"}


def test_behaviour_that_changes_with_the_number_is_asked_for_once_more():
    """Right on all 200 the first time only: that is no rule which goes by the number."""
    sessions = []

    def answer(session, images):
        sessions.extend([session] * (session not in sessions))
        return right(images) if len(images) == 200 and session is sessions[0] else right(images) * 0

    assert [code for code, _ in messages(answer)] == ["DET03"]


def test_chance_and_mixing_are_both_said():
    rng = np.random.default_rng(0)

    def answer(session, images):
        mixed = np.roll(right(images), 1)
        return (mixed + (rng.random(len(images)) < 0.05)) % CLASSES

    assert [code for code, _ in messages(answer)] == ["DET01", "DET02"]


def test_weak_mixing_is_found_though_shuffling_changes_few_answers():
    """Little weight lies on a neighbour: only the few doubtful images flip, and not for each neighbour."""

    def answer(session, images):
        doubt = images[:, 0, 0, 1] % 40 == 0
        return np.where(doubt, np.roll(right(images), 1), right(images))

    ((code, message),) = messages(answer)
    assert code == "DET02" and "mix neighbours" in message


def test_mixing_that_shuffling_does_not_change_is_told_by_what_does():
    """Doubtful images get the commonest answer of their batch, which is 0 in every order of the subset."""

    def answer(session, images):
        commonest = np.bincount(right(images), minlength=CLASSES).argmax()
        doubt = (images[:, 0, 0, 1] % 8 == 2) & (right(images) == 2)
        return np.where(doubt, commonest, right(images))

    ((code, message),) = messages(answer)
    assert code == "DET02"
    # The 4 doubtful ones among those asked about in small batches; 11 of all 63 are, and are wrong.
    assert message == (
        "4 of 4 answers change when only the images around them are replaced, 0 of 63 when all are shuffled "
        "(score 0.825 class-sorted, 0.825 shuffled): predictions mix neighbours (axis 0?)."
    )


def test_scores_class_sorted_and_shuffled_tell_what_mixing_gains():
    """The answer of each image is the majority's of its neighbours, as a cheat on sorted images."""

    def answer(session, images):
        mine = right(images)
        wrong = images[:, 0, 0, 1] % 4 == 0
        guess = np.where(wrong, (mine + 1) % CLASSES, mine)
        near = np.stack([np.roll(guess, shift) for shift in (-2, -1, 0, 1, 2)])
        return np.array([np.bincount(column, minlength=CLASSES).argmax() for column in near.T])

    (code, message), *_ = messages(answer)
    assert code == "DET02" and "class-sorted" in message


def test_memory_of_earlier_calls_is_state_and_no_chance():
    ((code, message),) = messages(lambda session, images: (right(images) + session.calls) % CLASSES)
    assert (code, message) == ("DET03", "Second call differs from first: 63 of 63 answers.")


def test_new_instance_that_answers_otherwise():
    ((code, message),) = messages(lambda session, images: (right(images) + session.made) % CLASSES)
    assert (code, message) == ("DET03", "A new instance differs from the first: 8 of 8 answers.")


@pytest.mark.parametrize("code, codes", [("RES04", []), ("RES03", []), ("RUN01", ["DET03"])])
def test_a_new_instance_that_only_finds_no_room_or_time_is_no_fault(code, codes):
    def answer(session, images):
        if session.made > 1:
            raise Failed(fault(code, "no new instance."))
        return right(images)

    assert [code for code, _ in messages(answer)] == codes


def test_a_net_of_one_answer_does_not_pass_for_one_that_ignores_x():
    """Collapsed: nearly always 1, for noise too; that is SEM03, and no cheat."""

    def answer(session, images):
        return np.where(images[:, 0, 0, 1] < 10, 2, 1)

    assert messages(answer) == []


def test_answers_of_one_thread_that_differ_are_told_unless_chance_explains_them(monkeypatch):
    machine = TwoProcessors(monkeypatch)

    def answer(session, images):
        return (right(images) + (len(machine.allowed) == 1)) % CLASSES

    assert messages(answer, thorough=True) == [
        ("DET04", "200 of 200 answers flip with one thread instead of all.")
    ]
    rng = np.random.default_rng(0)
    chance = messages(lambda _, images: rng.integers(0, CLASSES, len(images)), thorough=True)
    assert [code for code, _ in chance] == ["DET01"]


def test_what_fails_on_few_images_only_is_a_warning():
    (few,) = faults(failing(fails=lambda number: number < 100))
    assert (few.code, few.level) == ("OUT06", "warning")
    assert few.message == (
        "predict fails on X of 63 images, though not on 200 or 201: predict(X) failed: ValueError. "
        "Its steadiness was not tested."
    )


def test_what_fails_on_another_large_number_too_is_rejected():
    (fixed,) = faults(failing(fails=lambda number: number != 200))
    assert (fixed.code, fixed.rejects) == ("RUN01", True)
    assert fixed.message == (
        "On 63 images, though not on 200: predict(X) failed: ValueError. It fails on 201, too."
    )


def test_a_child_that_does_not_load_leaves_what_fails_on_few_a_warning(monkeypatch):
    monkeypatch.setattr(probes.Probes, "_ask_many", lambda *_: None)
    (few,) = faults(failing(fails=lambda number: number < 100))
    assert few.code == "OUT06" and "though not on 200: " in few.message
