"""Prints the table of docs/faults.md; the tests of all bad zips write the whole document."""

import sys
from collections.abc import Sequence

from plants import commandline
from plants.harness.faults.catalogue import CATALOGUE
from plants.harness.faults.definition import FAMILIES


def markdown() -> str:
    """The catalogue as docs/faults.md shows it."""
    rows = [
        f"| {code} | {kind.level} | {kind.title} | {kind.cause} | {kind.remedy} |"
        for code, kind in CATALOGUE.items()
    ]
    return "\n".join(
        [
            "# Faults",
            "",
            "What `score.py` finds in a submission. A *reject* is what the server would fail on, or what",
            "cannot be scored; a *warning* leaves the score standing; a *harness* fault is never the",
            "submission's. Of several faults the cause comes first, in the order",
            f"{', '.join(FAMILIES)}.",
            "",
            "Some rejects are warnings where the server may well not mind:",
            "",
            *(f"- {code}: {kind.milder}" for code, kind in CATALOGUE.items() if kind.milder),
            "",
            "Whether model.py is too new for the server's Python is told as far as the Python that runs",
            "`score.py` can: 3.12 does not tell f-strings that need 3.12 from older ones.",
            "",
            "| code | level | what | why it matters | what to do |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def main(_: Sequence[str] | None) -> None:
    print(markdown(), end="")


if __name__ == "__main__":
    sys.exit(commandline.run(main))
