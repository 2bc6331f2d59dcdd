"""What is asked again, and of whom: the draw, the calls, and when new children are needed."""

import contextlib
import dataclasses
import os

import numpy as np
import pytest
from answering import CLASSES, Submission, pictures, right

from plants.harness.faults import fault
from plants.harness.running import runner
from plants.harness.running.runner import Outcome
from plants.harness.running.session import Failed
from plants.harness.truth import altered, consistency, drawing, probes
from plants.harness.truth.evidence import Evidence


def ask(answer, *, count=200, thorough=False):
    """(Probes, log of calls) of a submission with this predict, after all follow-ups."""
    images, labels = pictures(count)
    log, asked = [], probes.Probes(images, labels, thorough=thorough)
    session = Submission(answer, log)
    main = session.predict(images)
    asked(session, Outcome(labels=main.labels, prediction=main))

    @contextlib.contextmanager
    def new_session():
        yield Submission(answer, log)

    asked.follow_up(new_session)
    return asked, log


def found(answer, **options):
    asked, _ = ask(answer, **options)
    _, labels = pictures(options.get("count", 200))
    return consistency.faults_of(Evidence(asked.calls, labels[asked.chosen], len(labels)))


def told(answer, **options):
    return [(fault.code, fault.message) for fault in found(answer, **options)]


def test_draw_has_of_each_class_its_share_and_the_same_images_whatever_their_order():
    images, labels = pictures()
    labels = np.where(labels == 3, 2, labels)  # 50, 50 and 100 images
    chosen = drawing.draw(images, labels, 20)
    assert np.bincount(labels[chosen]).tolist() == [5, 5, 10]
    assert len(set(chosen)) == 20
    order = np.random.default_rng(3).permutation(200)
    elsewhere = drawing.draw(images[order], labels[order], 20)
    np.testing.assert_array_equal(images[order][elsewhere], images[chosen])


@pytest.mark.parametrize("size", [20, 63, 200])
def test_order_of_the_draw_is_that_of_a_hash_and_no_label_changes_it(size):
    images, labels = pictures()
    rank = np.argsort(runner.order_by_content(images))
    for given in (
        labels,
        CLASSES - 1 - labels,
        np.zeros_like(labels),
        np.random.default_rng(0).permutation(labels),
    ):
        assert np.all(np.diff(rank[drawing.draw(images, given, size)]) > 0)
    sorted_by_class = drawing.draw(images[np.argsort(labels)], np.sort(labels), 200)
    np.testing.assert_array_equal(
        images[np.argsort(labels)][sorted_by_class], images[drawing.draw(images, labels, 200)]
    )


@pytest.mark.parametrize(
    "count, size", [(1, 1), (2, 1), (3, 1), (4, 3), (9, 7), (30, 29), (64, 63), (500, 63)]
)
def test_fewer_images_than_all_and_an_odd_number(count, size):
    assert drawing.subset_size(count) == size


def test_honest_submission_is_asked_about_few_images_once_and_in_one_child():
    asked, log = ask(lambda _, images: right(images))
    # all; shuffled, sorted; three batches of 7; eight of 1; 8; noise; shifted; five kinds; a new instance.
    assert log == [200, 63, 63, 7, 7, 7, *[1] * 8, 8, 8, 24, *[8] * 5, 8]
    assert asked.stands() and len(asked.images) == 63
    assert sum(log[1:]) <= 500 / 2  # of a run on 500 images, half the prediction at most


def test_thorough_asks_about_all_images_and_a_child_with_one_processor():
    before = os.sched_getaffinity(0)
    asked, log = ask(lambda _, images: right(images), count=30, thorough=True)
    assert log == [30, 30, 30, 7, 7, 7, 7, 2, *[1] * 30, 8, 8, 24, *[8] * 5, 8, "load", 30]
    assert asked.stands() and os.sched_getaffinity(0) == before


def test_answers_of_one_thread_that_differ_are_told_unless_chance_explains_them():
    def answer(session, images):
        return (right(images) + (len(os.sched_getaffinity(0)) == 1)) % CLASSES

    if len(os.sched_getaffinity(0)) > 1:
        assert told(answer, thorough=True) == [
            ("DET04", "200 of 200 answers flip with one thread instead of all.")
        ]
    rng = np.random.default_rng(0)
    chance = told(lambda _, images: rng.integers(0, CLASSES, len(images)), thorough=True)
    assert [code for code, _ in chance] == ["DET01"]


def test_shift_moves_one_pixel_and_keeps_the_left_column():
    images = np.arange(2 * 1 * 3 * 3, dtype=np.uint8).reshape(2, 1, 3, 3)
    assert altered.shifted(images)[1, 0].tolist() == [[9, 10, 11], [9, 10, 11], [12, 13, 14]]


def test_reencoding_changes_bytes_but_not_what_is_seen():
    images, _ = pictures(8)
    images[..., 1] = 100
    again = altered.reencoded(images)
    assert again.dtype == np.uint8 and again.shape == images.shape
    np.testing.assert_array_equal(right(again), right(images))


def rounding(number):
    """The images of the test whose answer is a near-tie: about one of `number`."""
    return lambda images: images[:, 0, 0, 1] % number == 0


def test_near_ties_that_the_batch_size_decides_are_a_warning_that_says_so():
    def answer(session, images):
        return right(images) ^ (rounding(40)(images) & (len(images) < 64))

    (near,) = found(answer)
    assert (near.code, near.level) == ("DET03", "warning")
    assert "asked about 63 images instead of 200" in near.message and near.message.endswith(": near-ties.")
    assert near.remedy.startswith("Expect the score to differ by these images")


def test_near_ties_that_the_place_decides_are_no_neighbours():
    def answer(session, images):
        return right(images) ^ (rounding(30)(images) & (np.arange(len(images)) % 2 == 1))

    ((code, message),) = told(answer)
    assert code == "DET03" and message.endswith(": near-ties.")


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.9])
@pytest.mark.parametrize("seed", range(5))
def test_chance_is_called_chance_however_much_there_is_of_it(share, seed):
    rng = np.random.default_rng(seed)

    def answer(session, images):
        return (right(images) + (rng.random(len(images)) < share)) % CLASSES

    assert [code for code, _ in told(answer)] == ["DET01"]


def test_chance_and_mixing_are_both_said():
    rng = np.random.default_rng(0)

    def answer(session, images):
        mixed = np.roll(right(images), 1)
        return (mixed + (rng.random(len(images)) < 0.05)) % CLASSES

    assert [code for code, _ in told(answer)] == ["DET01", "DET02"]


def test_weak_mixing_is_found_though_shuffling_changes_few_answers():
    """Little weight lies on a neighbour: only the few doubtful images flip, and not for each neighbour."""

    def answer(session, images):
        doubt = images[:, 0, 0, 1] % 40 == 0
        return np.where(doubt, np.roll(right(images), 1), right(images))

    ((code, message),) = told(answer)
    assert code == "DET02" and "mix neighbours" in message


def test_scores_class_sorted_and_shuffled_tell_what_mixing_gains():
    """The answer of each image is the majority's of its neighbours, as a cheat on sorted images."""

    def answer(session, images):
        mine = right(images)
        wrong = images[:, 0, 0, 1] % 4 == 0
        guess = np.where(wrong, (mine + 1) % CLASSES, mine)
        near = np.stack([np.roll(guess, shift) for shift in (-2, -1, 0, 1, 2)])
        return np.array([np.bincount(column, minlength=CLASSES).argmax() for column in near.T])

    (code, message), *_ = told(answer)
    assert code == "DET02" and "class-sorted" in message


def test_memory_of_earlier_calls_is_state_and_no_chance():
    ((code, message),) = told(lambda session, images: (right(images) + session.calls) % CLASSES)
    assert (code, message) == ("DET03", "Second call differs from first: 63 of 63 answers.")


def test_new_instance_that_answers_otherwise():
    ((code, message),) = told(lambda session, images: (right(images) + session.made) % CLASSES)
    assert (code, message) == ("DET03", "A new instance differs from the first: 8 of 8 answers.")


def test_child_that_is_lost_at_a_kind_of_x_is_asked_no_more(monkeypatch):
    def answer(session, images):
        if session.calls == 19:  # the second kind
            session.log.append("lost")
            raise Failed(fault("RUN02", "Exited (code 0) before returning predictions."))
        return right(images)

    asked, log = ask(answer)
    first_child = log[: log.index("load")]
    assert first_child[-1] == "lost" and first_child.count("lost") == 1
    assert asked.notes == ["probes: asked for 'float64 tensor', the child was lost; the rest was left out"]
    assert [code for code, _ in told(answer)] == ["OUT06"]


def test_a_net_of_one_answer_does_not_pass_for_one_that_ignores_x():
    """Collapsed: nearly always 1, for noise too; that is SEM03, and no cheat."""

    def answer(session, images):
        return np.where(images[:, 0, 0, 1] < 10, 2, 1)

    assert told(answer) == []


@pytest.mark.parametrize("drop, codes", [(1, []), (3, ["SEC05"])])
def test_only_a_clear_fall_after_the_shift_is_a_table(drop, codes):
    """A net that a shift confuses in a quarter of all images, or in three."""

    def answer(session, images):
        # Known images have, in each row, a first column unlike the second.
        is_known = np.any(images[:, :, 0, 1] != images[:, :, 1, 1], axis=1)
        exact = np.isin(images[:, 4, 4, 0], [32, 96, 160, 224]) & is_known
        confused = images[:, 3, 3, 1] % 4 < drop
        return np.where(exact | ~confused, right(images), 0)

    assert [code for code, _ in told(answer)] == codes


def is_known(images):
    """Whether an image is one of `pictures`: a shift or JPEG leaves no such mark."""
    known, _ = pictures()
    return np.array([(known == image).all(axis=(1, 2, 3)).any() for image in images])


def from_the_undone_draw(session, images):
    """The labels of the places, as they were when the draw was sorted by class and shuffled by seed 0."""
    places = np.random.default_rng(0).permutation(np.arange(len(images)))
    return places * CLASSES // len(images)


def from_the_hash(session, images):
    return np.arange(len(images)) * CLASSES // len(images)


def from_what_was_answered_there(session, images):
    return np.resize(getattr(session, "kept", 0), len(images))


@pytest.mark.parametrize("by_place", [from_the_undone_draw, from_the_hash, from_what_was_answered_there])
def test_a_table_is_told_though_it_goes_by_the_place_of_images_it_does_not_know(by_place):
    def answer(session, images):
        known = is_known(images)
        answers = np.where(known, right(images), by_place(session, images))
        if known.all() and len(images) > 50:
            session.kept = answers
        return answers

    assert [code for code, _ in told(answer)] == ["SEC05"]


def test_behaviour_that_changes_with_the_number_needs_a_fall_in_score():
    """Better on few than on many is no cheat, only a batch that is not one."""

    def worse_on_many(session, images):
        return right(images) if len(images) < 100 else right(images) * 0

    def worse_on_few(session, images):
        return right(images) if len(images) > 100 else right(images) * 0

    assert [code for code, _ in told(worse_on_many)] == ["DET03"]
    assert told(worse_on_few) == [
        (
            "SEC07",
            "Behaviour changed with N: 100% of 63 images right when asked about 200 at once, "
            "25% of these alone.",
        )
    ]


def failing(*, fails):
    """The predict that is right but for the numbers of images that fail."""

    def answer(session, images):
        if fails(len(images)):
            raise Failed(fault("RUN01", "predict(X) failed: ValueError."))
        return right(images)

    return answer


def test_what_fails_on_few_images_only_is_a_warning():
    (few,) = found(failing(fails=lambda number: number < 100))
    assert (few.code, few.level) == ("OUT06", "warning")
    assert few.message == (
        "predict fails on X of 63 images, though not on 200 or 201: predict(X) failed: ValueError. "
        "Its steadiness was not tested."
    )


def test_what_fails_on_another_large_number_too_is_rejected():
    (fixed,) = found(failing(fails=lambda number: number != 200))
    assert (fixed.code, fixed.rejects) == ("RUN01", True)
    assert fixed.message == (
        "On 63 images, though not on 200: predict(X) failed: ValueError. It fails on 201, too."
    )


def test_a_new_process_is_asked_about_all_images_and_one_twice_only_where_the_subset_fails():
    asked, log = ask(failing(fails=lambda number: number < 100))
    assert log[-5:] == ["load", 201, 201, 201, 201]
    np.testing.assert_array_equal(asked.calls["many"].answers, asked.calls["main"].answers)
    asked, log = ask(failing(fails=lambda number: number != 200))
    assert log[-2:] == ["load", 201] and asked.calls["many"].fault


def test_a_child_that_does_not_load_leaves_what_fails_on_few_a_warning(monkeypatch):
    monkeypatch.setattr(probes.Probes, "_ask_many", lambda *_: None)
    (few,) = found(failing(fails=lambda number: number < 100))
    assert few.code == "OUT06" and "though not on 200: " in few.message


def blind(images):
    return np.random.default_rng(0).integers(0, CLASSES, len(images))


@pytest.mark.parametrize(
    "known, unknown, code",
    [
        (right, lambda images: right(images) * 0, "SEC05"),
        (blind, blind, "SEC06"),
    ],
)
def test_failing_on_few_images_does_not_hide_a_cheat(known, unknown, code):
    def answer(session, images):
        if len(images) < 100:
            raise Failed(fault("RUN01", "predict(X) failed: ValueError."))
        return np.where(is_known(images), known(images), unknown(images))

    assert [code for code, _ in told(answer)] == [code]


def test_failing_on_few_images_does_not_hide_what_changes_with_the_number():
    def answer(session, images):
        if len(images) < 100:
            raise Failed(fault("RUN01", "predict(X) failed: ValueError."))
        return right(images) * (len(images) == 200)

    ((code, message),) = told(answer)
    assert code == "SEC07" and message.endswith("25% of these with one image more.")


def test_record_names_each_call_its_images_and_its_failure():
    def answer(session, images):
        if len(images) == 1:
            raise Failed(fault("OUT03", "Shape () instead of (1,)."))
        return right(images)

    asked, _ = ask(answer)
    record = asked.to_dict()
    assert record["images"] == 63
    assert record["calls"]["sevens"] == {"n": 21, "seconds": 0.0, "failed": None}
    assert record["calls"]["ones"]["failed"] == "Shape () instead of (1,)."
    assert dataclasses.is_dataclass(asked.calls["ones"])
