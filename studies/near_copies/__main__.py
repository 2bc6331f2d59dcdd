"""Measures how well near-copies are told from lookalikes, and writes docs/near_copies.md.

python -m studies.near_copies            measures (minutes), then writes
python -m studies.near_copies --write    only writes
"""

import argparse
import sys
from collections.abc import Sequence

from plants import commandline, files
from plants.data import sources
from studies.near_copies import document, measuring

NAME = "studies.near_copies"


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line as a namespace; exits with code 2 on wrong usage."""
    parser = argparse.ArgumentParser(prog=f"python -m {NAME}", description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="only write the document, measure nothing")
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="the contest's images, measured beside the generated ones; left out where there are none",
    )
    options = parser.parse_args(argv)
    if options.write and options.data:
        parser.error("--write measures nothing, so --data has no effect: leave it out")
    return options


def main(argv: Sequence[str] | None = None) -> None:
    options = parse(argv)
    if not options.write:
        photos = sources.open_contest_data(options.data) if options.data else None
        files.write_json(document.RECORD, measuring.measure_all(photos, say=commandline.aside))
    document.write()
    print("wrote docs/near_copies.md")


if __name__ == "__main__":
    sys.exit(commandline.run(main))
