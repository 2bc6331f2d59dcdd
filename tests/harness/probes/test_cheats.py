"""Answers that do not come from what an image shows, and honest ones that only look so."""

import numpy as np
import pytest
from answering import CLASSES, ask, messages, pictures, right

from plants.harness.faults import fault
from plants.harness.probes import cheats, consistency
from plants.harness.probes.calls import Call
from plants.harness.probes.evidence import Evidence
from plants.harness.run.session import Failed


def is_known(images):
    """Whether an image is one of `pictures`: a shift or JPEG leaves no such mark."""
    known, _ = pictures()
    return np.array([(known == image).all(axis=(1, 2, 3)).any() for image in images])


@pytest.mark.parametrize("drop, codes", [(1, []), (3, ["SEC05"])])
def test_only_a_clear_fall_after_the_shift_is_a_table(drop, codes):
    """A net that a shift confuses in a quarter of all images, or in three."""

    def answer(session, images):
        # Known images have, in each row, a first column unlike the second.
        is_known = np.any(images[:, :, 0, 1] != images[:, :, 1, 1], axis=1)
        exact = np.isin(images[:, 4, 4, 0], [32, 96, 160, 224]) & is_known
        confused = images[:, 3, 3, 1] % 4 < drop
        return np.where(exact | ~confused, right(images), 0)

    assert [code for code, _ in messages(answer)] == codes


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

    assert [code for code, _ in messages(answer)] == ["SEC05"]


def test_behaviour_that_changes_with_the_number_needs_a_fall_in_score():
    """Better on few than on many is no cheat, only a batch that is not one."""

    def worse_on_many(session, images):
        return right(images) if len(images) < 100 else right(images) * 0

    def worse_on_few(session, images):
        return right(images) if len(images) > 100 else right(images) * 0

    assert [code for code, _ in messages(worse_on_many)] == ["DET03"]
    assert messages(worse_on_few) == [
        (
            "SEC07",
            "Behaviour changed with N: 100% of 63 images right when asked about 200 at once, "
            "25% of these alone.",
        )
    ]


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

    assert [code for code, _ in messages(answer)] == [code]


def test_failing_on_few_images_does_not_hide_what_changes_with_the_number():
    def answer(session, images):
        if len(images) < 100:
            raise Failed(fault("RUN01", "predict(X) failed: ValueError."))
        return right(images) * (len(images) == 200)

    ((code, message),) = messages(answer)
    assert code == "SEC07" and message.endswith("25% of these with one image more.")


def test_table_that_is_used_at_the_first_call_only_is_told():
    """All later calls, the altered images among them, get a net that knows two classes of four."""

    def answer(session, images):
        net = right(images) // 2 * 2
        return np.where(is_known(images) & (session.calls == 1), right(images), net)

    ((code, message),) = messages(answer)
    # 32 of 63 images are of the classes 0 and 2.
    assert code == "SEC05" and message.startswith("100% right on 63 known images, 51% after a 1-px shift")


@pytest.mark.parametrize(
    "size, wrong, is_noted",
    [
        (63, (0, 5, 5), True),
        (63, (1, 5, 5), False),  # not all are known
        (63, (0, 4, 5), False),
        (63, (0, 5, 4), False),
        (200, (0, 9, 10), False),  # of more images, more may be near-ties
        (200, (0, 10, 10), True),
    ],
)
def test_table_before_a_decent_net_is_only_noted(size, wrong, is_noted):
    """A brittle net that is asked about images it was trained on looks alike: no fault."""
    answers = [np.where(np.arange(size) < count, 1, 0) for count in wrong]
    calls = zip(("again", "shifted", "re-encoded"), answers, strict=True)
    calls = {name: Call(answer, np.ones(size, bool)) for name, answer in calls}
    evidence = Evidence(calls, np.zeros(size, int), size + 1)
    assert consistency.faults_of(evidence) == []
    expected = (
        f"all {size} images asked about are right as they are, {wrong[1]} wrong after a 1-px shift and "
        f"{wrong[2]} after a JPEG re-encoding, as by a table of known images before a net"
    )
    assert cheats.notes_of(evidence) == [expected] * is_noted


def test_all_are_asked_about_altered_as_soon_as_one_shifted_image_is_answered_otherwise():
    _, log = ask(lambda _, images: right(images) ^ (len(images) == 24) * (np.arange(len(images)) == 3))
    assert log[log.index(24) :][:3] == [24, 63, 63]
    _, log = ask(lambda _, images: right(images))
    assert log[log.index(24) :][:2] == [24, 8]


def test_net_that_wears_out_is_no_table():
    def answer(session, images):
        return right(images) if session.calls == 1 else right(images) * 0

    assert [code for code, _ in messages(answer)] == ["DET03"]
