"""All faults a submission can have, by code: one module for each stage at which they show."""

from plants.harness.faults.answering import ANSWERING
from plants.harness.faults.definition import Fault, Level, one_line
from plants.harness.faults.packing import PACKING
from plants.harness.faults.running import RUNNING
from plants.harness.faults.starting import STARTING
from plants.harness.faults.trusting import TRUSTING

CATALOGUE = PACKING | STARTING | RUNNING | ANSWERING | TRUSTING


def fault(
    code: str,
    message: str,
    *,
    file: str | None = None,
    line: int | None = None,
    level: Level | None = None,
    cause: str | None = None,
    remedy: str | None = None,
) -> Fault:
    """The fault of this code; `level`, `cause` and `remedy` replace those of the catalogue."""
    kind = CATALOGUE[code]
    return Fault(
        code=code,
        level=level or kind.level,
        message=one_line(message),
        file=None if file is None else one_line(file),
        line=line,
        cause=one_line(cause or kind.cause),
        remedy=one_line(remedy or kind.remedy),
    )
