"""Labels as people store them become class numbers and names."""

import numpy as np
import pytest

from plants.data.npz_labels import classes
from plants.errors import InputError


def read(stored):
    labels, names = classes("X.npz: labels", np.asarray(stored))
    assert labels.dtype == np.int64
    return labels.tolist(), names


@pytest.mark.parametrize(
    "stored",
    [
        [2, 0, 1],
        [[2], [0], [1]],
        np.array([2, 0, 1], np.uint8),
        np.array([2, 0, 1], ">i4"),
        [2.0, 0.0, 1.0],
        ["2", "0", "1"],
        np.array([2, 0, 1], object),
        np.array([[2], [0.0], [True]], object),
        [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
        [[0, 0, 1.0], [1, 0, 0], [0, 1, 0]],
        [[False, False, True], [True, False, False], [False, True, False]],
    ],
    ids=[
        *("list", "column", "bytes", "big-endian", "floats", "digits", "objects", "objects in a column"),
        *("one-hot", "one-hot floats", "one-hot booleans"),
    ],
)
def test_numbers_in_any_form_name_their_classes(stored):
    assert read(stored) == ([2, 0, 1], ("0", "1", "2"))


@pytest.mark.parametrize(
    "stored",
    [
        ["fern", "daisy", "fern"],
        [["fern"], ["daisy"], ["fern"]],
        [b"fern", b"daisy", b"fern"],
        np.array(["fern", "daisy ", "fern"], object),
    ],
    ids=["words", "column", "bytes", "objects"],
)
def test_words_in_any_form_are_sorted(stored):
    assert read(stored) == ([1, 0, 1], ("daisy", "fern"))


def test_numbers_are_sorted_as_numbers_and_need_not_be_whole_ranges():
    assert read([10, 2, -1, 2]) == ([2, 1, 0, 1], ("-1", "2", "10"))


def test_a_one_hot_column_without_an_image_is_no_class():
    assert read([[0, 0, 0, 1], [0, 1, 0, 0]]) == ([1, 0], ("1", "3"))


def test_words_that_differ_only_in_how_unicode_spells_them_are_one_class():
    assert read(["e\u0301tat", "\u00e9tat", "a"]) == ([1, 1, 0], ("a", "\u00e9tat"))


def test_words_that_differ_only_in_the_blanks_round_them_are_one_class():
    assert read([" moss", "fern\u3000", "moss", b"fern ".decode()]) == ([1, 0, 1, 0], ("fern", "moss"))


def test_bytes_that_are_no_utf_8_are_shown_as_escapes():
    assert read([b"Variet\xe0", b"fern"]) == ([0, 1], ("Variet\\xe0", "fern"))


@pytest.mark.parametrize(
    "stored, message",
    [
        ([0, 1, np.nan], "row 2 is nan; expected a whole number or a word for each image"),
        ([0, np.inf, 1], "row 1 is inf; expected"),
        ([0, 1.5, 1], "row 1 is 1.5; expected a whole number"),
        (["a", "", "b"], "row 1 is ''; expected"),
        (["a", "b", "  "], "row 2 is '  '; expected"),
        (["a", "b" * 201], "row 1 is 'bbbb.*; expected"),
        (np.array([1, 10**30], object), "row 1 is 10000.*; expected"),
        (
            np.array([1, "a", 2], object),
            "row 1 is a word and row 0 a number; expected only words or only num",
        ),
        ([[0.2, 0.8], [1, 0]], "row 0 is 0.2, 0.8, not a single 1 among zeros; expected"),
        ([[1, 0], [1, 1]], "row 1 is 1, 1, not a single 1"),
        ([[1, 0], [0, 0]], "row 1 is 0, 0, not a single 1"),
        ([[0, 2], [1, 0]], "row 0 is 0, 2, not a single 1"),
        ([["a", "b"], ["c", "d"]], r"has the shape \(2, 2\) and type <U1; expected"),
        (np.zeros((2, 1, 1)), r"has the shape \(2, 1, 1\) and type float64; expected"),
        (np.array(["2024-01-01"], "M8[D]"), r"has the shape \(1,\) and type datetime64\[D\]; expected"),
        (np.array([1j, 2]), r"has the shape \(2,\) and type complex128; expected"),
    ],
)
def test_what_is_neither_a_number_nor_a_word_is_refused_with_its_row(stored, message):
    with pytest.raises(InputError, match=f"^X.npz: labels:? {message}") as caught:
        read(stored)
    assert len(str(caught.value)) < 500
