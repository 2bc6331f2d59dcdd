"""What classes are called, one way for data, runs and zips, and the order in which they are numbered."""

import re
import unicodedata
from collections.abc import Iterable

WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
SHOWN = 12  # names in a sentence


def canonical(name: str) -> str:
    """The name as it is shown and compared, without blanks round it and in composed Unicode.

    So spellings that look alike become one, and a name of nothing but blanks becomes "". What cannot be
    shown becomes an escape: bytes of a file name that are no UTF-8 (`\\xe0`), characters that do not
    print (`\\u200d`). Names that differ there stay different.
    """
    composed = unicodedata.normalize("NFC", name).strip()
    if composed.isprintable():
        return composed
    return "".join(char if char.isprintable() else _escaped(char) for char in composed)


def _escaped(char: str) -> str:
    if 0xDC80 <= ord(char) <= 0xDCFF:  # Python's stand-in for a byte of a file name
        return f"\\x{ord(char) - 0xDC00:02x}"
    return repr(char)[1:-1]


def are_numbers(names: Iterable[str]) -> bool:
    """Whether every name is a whole number."""
    return all(WHOLE_NUMBER.fullmatch(name) for name in names)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """The names in the order of their labels: sorted, and where all are whole numbers, as numbers."""
    names = sorted(names)
    return tuple(sorted(names, key=int) if are_numbers(names) else names)


def describe_numbers(names: tuple[str, ...]) -> str:
    """For classes named by numbers, in order: a sentence that gives the order; '' for others."""
    if not are_numbers(names):
        return ""
    shown = names if len(names) <= SHOWN else (*names[: SHOWN - 2], "...", names[-1])
    sentence = f"the {len(names)} classes are named by numbers, and in the order of these: {', '.join(shown)}"
    moved = next((place for place, name in enumerate(names) if name != str(place)), None)
    if moved is None:
        return sentence
    return f"{sentence}; labels and answers count from 0, so {moved} stands for class {names[moved]}"
