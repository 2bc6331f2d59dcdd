"""What is true of every fault of one code."""

import dataclasses

REJECT, WARNING, HARNESS = "reject", "warning", "harness"


@dataclasses.dataclass(frozen=True)
class Kind:
    """One code's words; `level` is what it is unless a check finds it to be milder.

    `ends_check` is set where running the zip would only show symptoms of this very fault, or do harm.
    `milder` says where a reject is but a warning, "" where it never is.
    """

    level: str
    title: str
    cause: str
    remedy: str
    ends_check: bool = False
    milder: str = ""
