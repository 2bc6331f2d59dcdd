"""The faults a submission can have: code, level, cause and remedy, and how one is said."""

import dataclasses

from plants.harness.faults.catalogue import CATALOGUE
from plants.harness.faults.kinds import HARNESS, REJECT, WARNING

__all__ = ["CATALOGUE", "HARNESS", "REJECT", "WARNING", "Fault", "fault", "in_order", "one_line", "counted"]

# Where one thing shows in several ways, the first family names its cause.
FAMILIES = ("HAR", "ZIP", "CON", "ENV", "RUN", "RES", "OUT", "SEC", "DET", "SEM", "LOG", "CMP")


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing wrong with one submission; `file` is a name within the zip, `line` counts from 1."""

    code: str
    level: str
    message: str
    file: str | None
    line: int | None
    cause: str
    remedy: str

    @property
    def rejects(self):
        return self.level == REJECT

    def to_dict(self):
        return dataclasses.asdict(self)

    @property
    def mark(self):
        """What follows the code where it is printed."""
        return " W:" if self.level == WARNING else ""

    def __str__(self):
        return f"{self.code}{self.mark} {self.message} {self.cause} {self.remedy}"


def fault(code, message, *, file=None, line=None, **changes):
    """The fault of this code; `changes` replaces the catalogue's level, cause or remedy."""
    kind = CATALOGUE[code]
    words = {"level": kind.level, "cause": kind.cause, "remedy": kind.remedy, **changes}
    return Fault(
        code=code,
        message=one_line(message),
        file=None if file is None else one_line(file),
        line=line,
        **{key: one_line(text) for key, text in words.items()},
    )


def counted(found):
    """The first of the faults `found`, saying how many more there are like it."""
    first, *others = found
    if not others:
        return first
    return dataclasses.replace(first, message=f"{first.message} (And {len(others)} more like it.)")


def one_line(text, limit=600):
    """`text` fit for one line of a terminal: no control characters, at most `limit` characters.

    Messages quote names and exceptions of the submission, which may hold anything.
    """
    words = " ".join(str(text).split())
    clean = "".join(char if char.isprintable() else "?" for char in words)
    return clean if len(clean) <= limit else clean[: limit - 3] + "..."


def in_order(faults):
    """The faults, causes before symptoms."""
    return sorted(faults, key=lambda found: (FAMILIES.index(found.code[:3]), found.code))
