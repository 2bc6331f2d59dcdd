"""No question of the probes is shown by the name that the code has for it."""

import re

import numpy as np
import pytest
from answering import CLASSES, Submission, ask, failing, pictures, right
from reports import Page, scored

from plants.harness.faults import fault
from plants.harness.probes import consistency, wording
from plants.harness.probes.calls import Call
from plants.harness.probes.evidence import Evidence
from plants.harness.probes.probes import Probes
from plants.harness.probes.questions import LOSES_CHILD
from plants.harness.run.session import Failed


def by_chance(session, images):
    rng = np.random.default_rng((session.calls, session.made, len(session.log)))
    return (right(images) + (rng.random(len(images)) < 0.3)) % CLASSES


def by_place(session, images):
    return np.arange(len(images)) % CLASSES


@pytest.fixture(scope="module")
def records():
    """What the record has of submissions that together are asked every question."""
    fails_on_few = failing(fails=lambda number: number < 100)
    asked = [ask(answer)[0] for answer in (by_chance, by_place, fails_on_few)]
    asked.append(ask(lambda _, images: right(images), count=30, thorough=True)[0])
    return [probes.to_dict() for probes in asked]


@pytest.fixture(scope="module")
def names(records):
    return sorted({name for record in records for name in record["calls"]})


@pytest.mark.parametrize(
    "name, words",
    [
        ("again", "in another order"),
        ("float64 array", "X as a float64 array"),
        ("repeat 1", "repeated, 2"),
        ("neighbours 0", "with other images beside them, 1"),
        ("neighbours 0 again", "with other images beside them, 1, once more"),
        ("fresh 2", "in a new process, 3"),
        ("fresh shifted 0", "in a new process, shifted by one pixel, 1"),
        ("hidden 1", "in a new process, with gray instead"),
        ("many", "in a new process, all images and one of them twice"),
        ("main again", "in a new process, all images"),
    ],
)
def test_a_question_in_words(name, words):
    assert wording.in_words(name) == words


@pytest.mark.parametrize("name", ["rumour", "rumour 0", "rumour again", "again and again"])
def test_a_question_without_words_is_an_error(name):
    with pytest.raises(KeyError, match="a question without words: '(rumour|rumour 0|again and)'"):
        wording.in_words(name)


def test_every_question_that_is_asked_has_words_of_its_own_and_there_are_no_others(names):
    words = {name: wording.in_words(name) for name in names}
    assert not [name for name in names if words[name] == name]
    assert len(set(words.values())) == len(names)
    plain = {re.sub(r"( \d+)?( again)?$", "", name) for name in names} | set(names)
    assert wording.WORDS.keys() <= plain


def test_the_page_lists_the_questions_in_words(records):
    for record in records:
        shown = re.findall(r"<li[^>]*><span>([^<]+)</span>", Page(scored(probes=record)).source)
        assert shown == [wording.in_words(name) for name in record["calls"] if name != "main"]
        assert len(shown) >= 14


def lost(session, images):
    raise Failed(fault(LOSES_CHILD[0], "Exited."))


def test_the_note_on_a_child_that_is_lost_has_the_question_in_words(names):
    for name in names:
        asked = Probes(*pictures(20))
        asked._ask(name, Submission(lost, []), np.arange(8))
        (note,) = asked.notes
        words = wording.in_words(name)
        assert note == f'probes: the child was lost over the question "{words}"; the rest was left out'


def only(name, *, changed="", failure=None, flips=0):
    """The evidence of two calls, "eight" and `name`, the latter with this outcome."""
    labels, asked = np.arange(8) % CLASSES, np.ones(8, bool)
    answers = np.where(np.arange(8) < flips, (labels + 1) % CLASSES, labels)
    other = Call(answers, asked, changed=changed, fault=failure)
    return Evidence({"eight": Call(labels, asked), name: other}, labels, 200)


def test_the_fault_of_a_changed_x_has_the_question_in_words(names):
    for name in set(names) - {"main"}:
        (found,) = consistency._changed_images(only(name, changed="other values"))
        words = wording.in_words(name)
        assert found.message == f'predict changed X (other values, over the question "{words}").'
    (found,) = consistency._changed_images(only("main", changed="other values"))
    assert found.message == "predict changed X (other values)."


def test_the_fault_of_a_kind_of_x_has_it_in_words():
    (failed,) = consistency.faults_of(only("uint8 tensor", failure=fault("RUN01", "No.")))
    (changed,) = consistency.faults_of(only("float64 array", flips=3))
    assert failed.message == "predict fails on X as a uint8 tensor: No."
    assert changed.message == "predict 3 of 8 answers change on X as a float64 array."
