"""Measures what the report claims, on the contest's data, and writes docs/report_claims.md.

python -m studies.report_claims            trains what is still needed, then writes
python -m studies.report_claims --write    only writes
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from plants import commandline, keras_settings
from plants.data import sources
from studies.report_claims import claims, document, records, variants

NAME = "studies.report_claims"


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line as a namespace; exits with code 2 on wrong usage."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {NAME}",
        description="Trains the variants that have no record in results/claims, but for those that another "
        "process is at; then writes docs/report_claims.md.",
    )
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="the contest's zip or a folder of class folders; default: $CHALLENGE_DATA, then "
        "data/training_data_final(.zip)",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="of the runs; default: runs/claims")
    parser.add_argument("--write", action="store_true", help="only write the document, train nothing")
    options = parser.parse_args(argv)
    if options.write and (options.data or options.out):
        parser.error("--write trains nothing, so --data and --out have no effect: leave them out")
    return options


def train_missing(options: argparse.Namespace, command: Sequence[str]) -> None:
    """Trains the variants that have no record yet, but for those that another process is at."""
    keras_settings.require_backend()
    images = sources.open_contest_data(options.data)

    from studies.report_claims import measuring  # Keras takes seconds to import; errors above need none

    folder = options.out or Path("runs/claims")
    measuring.measure(variants.VARIANTS, images, folder=folder, results=records.FOLDER, command=command)


def main(argv: Sequence[str] | None = None) -> None:
    options = parse(argv)
    if not options.write:
        train_missing(options, ["-m", NAME, *(sys.argv[1:] if argv is None else argv)])
    missing = document.write(claims.CLAIMS, variants.VARIANTS)
    print(f"wrote docs/report_claims.md; not trained yet: {', '.join(missing) or 'none'}")


if __name__ == "__main__":
    sys.exit(commandline.run(main))
