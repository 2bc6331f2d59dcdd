"""What fits a terminal: widths of letters, cells of tables, lists of names."""

import itertools
import shutil
import sys
import unicodedata
from collections.abc import Sequence

CUT = ".."  # ends what is cut; every terminal has it
NARROWEST = 40  # columns; a table is no narrower


def columns() -> int:
    """How many letters a line holds: $COLUMNS, else of the terminal, else 80."""
    return max(NARROWEST, shutil.get_terminal_size().columns)


def shown(text: str) -> str:
    """The text as stdout shows it: letters that it lacks become \\xe4 or \\u6a2b."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def width(text: str) -> int:
    """How many columns a text takes: wide letters two, accents that are letters of their own none."""
    return sum(map(_letter_width, text))


def _letter_width(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def brief(text: str, most: int = 60) -> str:
    """The text, cut where it takes more than `most` columns, of which there are 2 or more."""
    if width(text) <= most:
        return text
    ends = itertools.accumulate(map(_letter_width, text))
    return text[: sum(end <= most - len(CUT) for end in ends)] + CUT


def cell(text: str, size: int) -> str:
    """The text on exactly `size` columns: cut, or filled with blanks."""
    text = brief(text, size)
    return text + " " * (size - width(text))


def listed(names: Sequence[str], most: int = 10) -> str:
    """'a, b, c': the names, or the first `most` of them and how many more there are."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
