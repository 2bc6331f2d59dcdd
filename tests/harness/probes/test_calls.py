"""What two calls of the probes have in common, and what is said of one that failed or was not made."""

import numpy as np
import pytest

from plants.harness.faults import fault
from plants.harness.probes.calls import NONE, Call, Calls

EVERYTHING = np.ones(4, bool)


def answered(*answers, asked=EVERYTHING):
    return Call(np.array(answers), np.array(asked))


def failed():
    return Call(np.full(4, NONE), EVERYTHING, fault=fault("RUN01", "predict(X) failed."))


CALLS = Calls(
    {
        "again": answered(0, 1, 2, 3),
        "sorted": answered(0, 1, 2, 0),
        "eight": answered(0, 2, NONE, NONE, asked=[True, True, False, False]),
        "ones": failed(),
        "uint8 tensor": answered(0, 1, 2, 3),
        "neighbours 0": answered(0, 1, 2, 3),
        "neighbours 0 again": answered(0, 1, 2, 3),
        "fresh 0": answered(0, 1, 2, 3),
        "fresh sorted 0": answered(0, 1, 2, 3),
    }
)


@pytest.mark.parametrize(
    "name, agree, flips",
    [
        ("uint8 tensor", True, [0, 0, 0, 0]),
        ("sorted", False, [0, 0, 0, 1]),
        ("eight", False, [0, 1, 0, 0]),  # of two images that both asked about
        ("ones", False, [0, 0, 0, 0]),  # a failure is no agreement, but no image's answer either
        ("sevens", True, [0, 0, 0, 0]),  # not asked
    ],
)
def test_calls_agree_unless_an_image_that_both_asked_about_is_answered_otherwise(name, agree, flips):
    assert CALLS.agree(name, "again") == CALLS.agree("again", name) == agree
    assert CALLS.flips(name, "again").tolist() == CALLS.flips("again", name).tolist() == flips


def test_a_clear_difference_is_a_quarter_of_the_images_that_both_asked_about():
    assert CALLS.differ_clearly("sorted", "again") and CALLS.differ_clearly("eight", "again")
    assert not CALLS.differ_clearly("ones", "again") and not CALLS.differ_clearly("sevens", "again")
    five = Calls({name: Call(np.arange(5) * number, np.ones(5, bool)) for number, name in enumerate("ab")})
    assert five.differ_clearly("a", "b")
    five["b"] = Call(np.array([0, 0, 0, 0, 1]), np.ones(5, bool))
    assert not five.differ_clearly("a", "b")


def test_names_tell_what_belongs_together():
    assert CALLS.numbered("fresh") == ["fresh 0"] and CALLS.numbered("repeat") == []
    assert CALLS.kinds == ["uint8 tensor"]
    assert CALLS.neighbours == ["neighbours 0", "neighbours 0 again"]
    assert CALLS.failed("ones") and not CALLS.failed("ones", "again") and not CALLS.failed("sevens")


def test_new_children_agree_as_far_as_both_were_asked():
    calls = Calls({"fresh 0": answered(0, 1, 2, 3), "fresh 1": answered(3, 3, 3, 3)})
    assert calls.new_children_agree()
    calls["other 0"] = answered(0, 1, 2, 3)
    assert calls.new_children_agree()
    calls["other 1"] = answered(3, 3, 3, 0)
    assert not calls.new_children_agree()
