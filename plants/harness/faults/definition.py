"""What a fault is: its code's Kind, with level, cause and remedy, and the Fault that one submission has."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

Level = Literal["reject", "warning", "harness"]
REJECT: Final = "reject"
WARNING: Final = "warning"
HARNESS: Final = "harness"
# Where one thing shows in several ways, the first family names its cause.
FAMILIES = ("HAR", "ZIP", "CON", "ENV", "RUN", "RES", "OUT", "SEC", "DET", "SEM", "LOG", "CMP")


@dataclasses.dataclass(frozen=True)
class Kind:
    """What is true of every fault of one code; `level` is what it is unless a check finds it to be milder.

    `ends_check` is set where running the zip would only show symptoms of this very fault, or do harm.
    `milder` says where a reject is but a warning, "" where it never is.
    """

    level: Level
    title: str
    cause: str
    remedy: str
    ends_check: bool = False
    milder: str = ""


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing wrong with one submission; `file` is a name within the zip, `line` counts from 1."""

    code: str
    level: Level
    message: str
    file: str | None
    line: int | None
    cause: str
    remedy: str

    @property
    def rejects(self) -> bool:
        return self.level == REJECT

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @property
    def mark(self) -> str:
        """What follows the code where it is printed."""
        return " W:" if self.level == WARNING else ""

    def __str__(self) -> str:
        return f"{self.code}{self.mark} {self.message} {self.cause} {self.remedy}"


def counted(faults: Sequence[Fault]) -> Fault:
    """The first of the faults, saying how many more there are like it."""
    first, *others = faults
    if not others:
        return first
    return dataclasses.replace(first, message=f"{first.message} (And {len(others)} more like it.)")


def one_line(text: object, limit: int = 600) -> str:
    """`text` fit for one line of a terminal: no control characters, at most `limit` characters.

    Messages quote names and exceptions of the submission, which may hold anything.
    """
    words = " ".join(str(text).split())
    clean = "".join(char if char.isprintable() else "?" for char in words)
    return clean if len(clean) <= limit else clean[: limit - 3] + "..."


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """The faults, causes before symptoms."""
    return sorted(faults, key=lambda fault: (FAMILIES.index(fault.code[:3]), fault.code))
