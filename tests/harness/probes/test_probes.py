"""What is asked again, and of whom: the sample, the calls, and when new children are needed."""

import dataclasses

import numpy as np
import pytest
from answering import CLASSES, TwoProcessors, ask, failing, messages, pictures, right

from plants.harness.faults import fault
from plants.harness.probes import altered, sampling
from plants.harness.run import runner
from plants.harness.run.session import Failed


def test_sample_has_of_each_class_its_share_and_the_same_images_whatever_their_order():
    images, labels = pictures()
    labels = np.where(labels == 3, 2, labels)  # 50, 50 and 100 images
    chosen = sampling.sample(images, labels, 20)
    assert np.bincount(labels[chosen]).tolist() == [5, 5, 10]
    assert len(set(chosen)) == 20
    order = np.random.default_rng(3).permutation(200)
    elsewhere = sampling.sample(images[order], labels[order], 20)
    np.testing.assert_array_equal(images[order][elsewhere], images[chosen])


@pytest.mark.parametrize("size", [20, 63, 200])
def test_order_of_the_sample_is_that_of_a_hash_and_no_label_changes_it(size):
    images, labels = pictures()
    rank = np.argsort(runner.order_by_content(images))
    for given in (
        labels,
        CLASSES - 1 - labels,
        np.zeros_like(labels),
        np.random.default_rng(0).permutation(labels),
    ):
        assert np.all(np.diff(rank[sampling.sample(images, given, size)]) > 0)
    sorted_by_class = sampling.sample(images[np.argsort(labels)], np.sort(labels), 200)
    np.testing.assert_array_equal(
        images[np.argsort(labels)][sorted_by_class], images[sampling.sample(images, labels, 200)]
    )


@pytest.mark.parametrize(
    "count, size", [(1, 1), (2, 1), (3, 1), (4, 3), (9, 7), (30, 29), (64, 63), (500, 63)]
)
def test_fewer_images_than_all_and_an_odd_number(count, size):
    assert sampling.subset_size(count) == size


def test_honest_submission_is_asked_about_few_images_once_and_in_one_child():
    asked, log = ask(lambda _, images: right(images))
    # all; shuffled, sorted; three batches of 7; eight of 1; 8; noise; shifted; five kinds; a new instance.
    assert log == [200, 63, 63, 7, 7, 7, *[1] * 8, 8, 8, 24, *[8] * 5, 8]
    assert asked.stands() and len(asked.images) == 63
    assert sum(log[1:]) <= 500 / 2  # of a run on 500 images, half the prediction at most


def test_thorough_asks_about_all_images_and_a_child_with_one_processor(monkeypatch):
    machine, allowed = TwoProcessors(monkeypatch), []

    def answer(_, images):
        allowed.append(len(machine.allowed))
        return right(images)

    asked, log = ask(answer, count=30, thorough=True)
    assert log == [30, 30, 30, 7, 7, 7, 7, 2, *[1] * 30, 8, 8, 24, *[8] * 5, 8, "load", 30]
    assert asked.stands() and machine.allowed == {0, 1}
    assert set(allowed[:-1]) == {2} and allowed[-1] == 1


def test_shift_moves_one_pixel_and_keeps_the_left_column():
    images = np.arange(2 * 1 * 3 * 3, dtype=np.uint8).reshape(2, 1, 3, 3)
    assert altered.shifted(images)[1, 0].tolist() == [[9, 10, 11], [9, 10, 11], [12, 13, 14]]


def test_reencoding_changes_bytes_but_not_what_is_seen():
    images, _ = pictures(8)
    images[..., 1] = 100
    again = altered.reencoded(images)
    assert again.dtype == np.uint8 and again.shape == images.shape
    np.testing.assert_array_equal(right(again), right(images))


def test_child_that_is_lost_at_a_kind_of_x_is_asked_no_more(monkeypatch):
    def answer(session, images):
        if session.calls == 19:  # the second kind
            session.log.append("lost")
            raise Failed(fault("RUN02", "Exited (code 0) before returning predictions."))
        return right(images)

    asked, log = ask(answer)
    first_child = log[: log.index("load")]
    assert first_child[-1] == "lost" and first_child.count("lost") == 1
    assert asked.notes == [
        'probes: the child was lost over the question "X as a float64 tensor"; the rest was left out'
    ]
    assert [code for code, _ in messages(answer)] == ["OUT06"]


def test_a_new_process_is_asked_about_all_images_and_one_twice_only_where_the_subset_fails():
    asked, log = ask(failing(fails=lambda number: number < 100))
    assert log[-5:] == ["load", 201, 201, 201, 201]
    np.testing.assert_array_equal(asked.calls["many"].answers, asked.calls["main"].answers)
    asked, log = ask(failing(fails=lambda number: number != 200))
    assert log[-2:] == ["load", 201] and asked.calls["many"].fault


def test_record_names_each_call_its_images_and_its_failure():
    def answer(session, images):
        if len(images) == 1:
            raise Failed(fault("OUT03", "Shape () instead of (1,)."))
        return right(images)

    asked, _ = ask(answer)
    record = asked.to_dict()
    assert record["images"] == 63
    assert record["calls"]["sevens"] == {"what": "in batches of 7", "n": 21, "seconds": 0.0, "failed": None}
    assert record["calls"]["ones"]["failed"] == "Shape () instead of (1,)."
    assert dataclasses.is_dataclass(asked.calls["ones"])
