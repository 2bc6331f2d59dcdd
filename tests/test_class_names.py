"""What classes are called, and the order that gives them their numbers."""

import pytest

from plants.class_names import are_numbers, canonical, describe_numbers, in_order


@pytest.mark.parametrize(
    "given, expected",
    [
        ("Varieta\u0300", "Variet\u00e0"),  # a and a grave accent, as macOS stores it
        ("A\u030angstro\u0308m", "\u00c5ngstr\u00f6m"),
        ("\u1112\u1161\u11ab", "\ud55c"),  # three Korean letters are one syllable
        ("Species1", "Species1"),
        ("植物", "植物"),
        ("Rosa canina", "Rosa canina"),
    ],
)
def test_two_spellings_of_a_name_in_unicode_are_one(given, expected):
    assert canonical(given) == canonical(expected) == expected


@pytest.mark.parametrize(
    "given, expected",
    [
        ("Variet\udce0", "Variet\\xe0"),  # byte E0 of Latin-1, which is no UTF-8
        ("\udcc4\udce3", "\\xc4\\xe3"),
        ("two\nlines", "two\\nlines"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("joined\u200dletters", "joined\\u200dletters"),
    ],
)
def test_what_cannot_be_shown_becomes_an_escape(given, expected):
    assert canonical(given) == expected


@pytest.mark.parametrize(
    "given, expected",
    [
        (" moss", "moss"),
        ("fern \t", "fern"),
        ("\u3000Rosa canina\u00a0\n", "Rosa canina"),  # blanks of East Asian and of web pages
        ("Varieta\u0300 ", "Variet\u00e0"),
        (" \u200dash", "\\u200dash"),  # no blank: it stays, and is shown
        (" \u2003", ""),
    ],
)
def test_blanks_round_a_name_are_none_of_it(given, expected):
    assert canonical(given) == canonical(expected) == expected


def test_names_that_differ_in_what_cannot_be_shown_stay_different():
    assert len({canonical(name) for name in ("Variet\udce0", "Variet\udce8", "Variet\u00e0")}) == 3


def test_words_are_sorted_and_numbers_are_sorted_as_numbers():
    assert in_order(["moss", "fern", "Daisy"]) == ("Daisy", "fern", "moss")
    assert in_order(["10", "2", "1", "0"]) == ("0", "1", "2", "10")
    assert in_order(["-1", "3", "02"]) == ("-1", "02", "3")


def test_one_word_among_numbers_makes_all_of_them_words():
    assert in_order(["10", "2", "rest"]) == ("10", "2", "rest")
    assert not are_numbers(["10", "2", "rest"])
    assert not are_numbers(["1.5", "2"])
    assert not are_numbers(["٣", "2"])  # a digit of another script


def test_the_order_of_numbers_is_said_and_what_a_label_means_where_it_is_another_number():
    assert describe_numbers(("0", "1", "2")) == (
        "the 3 classes are named by numbers, and in the order of these: 0, 1, 2"
    )
    assert describe_numbers(("0", "1", "5", "10")) == (
        "the 4 classes are named by numbers, and in the order of these: 0, 1, 5, 10; labels and answers "
        "count from 0, so 2 stands for class 5"
    )
    assert describe_numbers(("daisy", "fern")) == ""


def test_of_many_numbers_the_first_and_the_last_are_said():
    described = describe_numbers(tuple(map(str, range(100))))
    assert described.endswith("these: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ..., 99")
