"""What is said of answers that are no class indices, from the child's description to the fault."""

import numpy as np
import pytest

from plants.harness.run import check_answers
from plants.sandbox.inside import wire_format


def said(value):
    reply, payload = wire_format.Arrays(np).describe_answers(value)
    found = check_answers.check(reply, payload, count=2, num_classes=3)
    return found.code, found.message


@pytest.mark.parametrize(
    "value, code, message",
    [
        (np.array(["0", "1"]), "OUT04", "predict returned text such as '0': classes are 0..2."),
        (["Ash", "Birch"], "OUT04", "predict returned text such as 'Ash': classes are 0..2."),
        (np.array([b"0", b"1"], object), "OUT04", "predict returned text such as '0': classes are 0..2."),
        (np.str_("Ash"), "OUT01", "predict returned str_, 'Ash': not an array of numbers."),
        (np.array([1j, 2j]), "OUT01", "predict returned complex numbers, such as 1j."),
        (map(int, "12"), "OUT01", "predict returned map: not an array of numbers."),
        ((answer for answer in "12"), "OUT01", "predict returned generator: not an array of numbers."),
        ([len, len], "OUT01", "predict returned list, <built-in function len>: not an array of numbers."),
    ],
)
def test_values_are_quoted_as_they_are_written_not_as_numpys_scalars(value, code, message):
    assert said(value) == (code, message)
