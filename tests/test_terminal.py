"""What fits a terminal."""

import io
import os
import sys
import unicodedata

import pytest

from plants import terminal


@pytest.mark.parametrize(
    "text, columns",
    [
        ("Fern", 4),
        ("樫の木", 6),
        ("가나", 4),
        (unicodedata.normalize("NFD", "Färn"), 4),  # an accent of its own stands above the letter before it
        ("ｱ", 1),  # a narrow one of a wide script
        ("", 0),
    ],
)
def test_wide_letters_take_two_columns_and_accents_none(text, columns):
    assert terminal.width(text) == columns


@pytest.mark.parametrize(
    "text, size, expected",
    [
        ("Fern", 6, "Fern  "),
        ("Fern", 4, "Fern"),
        ("Ferns", 4, "Fe.."),
        ("樫の木", 6, "樫の木"),
        ("樫の木", 8, "樫の木  "),
        ("樫の木", 5, "樫.. "),  # two wide letters and two dots would take six
    ],
)
def test_a_cell_takes_exactly_its_columns(text, size, expected):
    assert terminal.cell(text, size) == expected
    assert terminal.width(expected) == size


def test_long_lists_are_cut_with_a_word():
    names = [f"Species{number}" for number in range(1, 101)]
    assert terminal.listed(names[:3]) == "Species1, Species2, Species3"
    assert terminal.listed(names[:10]) == ", ".join(names[:10])
    assert terminal.listed(names, 2) == "Species1, Species2 and 98 more"
    assert terminal.listed(["樫"]) == "樫" and terminal.listed([]) == ""


@pytest.mark.parametrize(
    "encoding, expected", [("utf-8", "樫 Färn"), ("latin-1", r"\u6a2b Färn"), ("ascii", r"\u6a2b F\xe4rn")]
)
def test_text_is_measured_as_stdout_shows_it(encoding, expected, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert terminal.shown("樫 Färn") == expected


@pytest.mark.parametrize("said, columns", [("132", 132), ("10", terminal.NARROWEST), ("0", 80), ("wide", 80)])
def test_the_width_is_that_of_the_environment_or_eighty(said, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", said)
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((0, 0)))  # as of a pipe
    assert terminal.columns() == columns
