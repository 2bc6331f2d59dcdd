"""Judges submissions: would the contest's server accept this zip, and how well does it do?

    python score.py submission.zip
    python score.py submission.zip --check
    python score.py new.zip --against old.zip
    python score.py submission.zip --matrix .venv-legacy/bin/python,python3

The table goes to stdout, each fault is a line on stderr. Exit code: 0 accepted, 1 rejected,
2 wrong usage or bad data, 3 the harness itself cannot work.
"""

from plants import interrupts

if __name__ == "__main__":
    interrupts.defer()  # before the other imports, which a Ctrl-C would end with a traceback

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from plants import commandline, streams
from plants.errors import InputError
from plants.harness import batch, ledger, verdict
from plants.harness.choose_contest import Chosen, choose
from plants.harness.examples import Examples
from plants.harness.options import JudgeOptions
from plants.harness.profiles import PROFILES
from plants.harness.report import record

EXIT_CODES = {verdict.ACCEPTED: 0, verdict.REJECTED: 1, verdict.HARNESS_ERROR: 3}


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    _refuse_pointless(arguments)
    zips = [*arguments.zips, *filter(None, [arguments.against])]
    chosen = choose(arguments.contest, zips)
    profile = PROFILES[arguments.profile or chosen.contest.profile]
    if arguments.require_isolation:
        profile = dataclasses.replace(profile, requires_isolation=True)
    options = JudgeOptions(
        profile=profile,
        interpreters=tuple(arguments.matrix or [arguments.python]),
        against=arguments.against,
        thorough=arguments.thorough,
        probabilities=bool(arguments.html),
        ledger=ledger.default_path(),
    )
    outputs = {"--json": arguments.json, "--html": arguments.html}
    record.refuse_unwritable(outputs, [*zips, *filter(None, [arguments.data])])  # before minutes are spent
    problems: list[str] = []
    verdicts = batch.judge_all(arguments.zips, lambda: _examples(arguments, chosen), options, problems)
    code = max(EXIT_CODES[result.verdict] for result in verdicts)
    problems += record.write(outputs, verdicts, profile)
    interrupted = interrupts.end_deferring() or any(result.interrupted for result in verdicts)
    if interrupted and code != EXIT_CODES[verdict.HARNESS_ERROR]:  # else a verdict says so
        problems.append("interrupted")
    for problem in problems:
        commandline.aside(f"HAR02 Harness problem, not yours: {problem}.")
    return EXIT_CODES[verdict.HARNESS_ERROR] if problems or streams.were_lost() else code


def _refuse_pointless(arguments: argparse.Namespace) -> None:
    """Raises InputError for an option that asks for a run together with --check, which runs nothing."""
    for option in ("--against", "--matrix", "--require-isolation", "--thorough"):
        if arguments.check and getattr(arguments, option[2:].replace("-", "_")):
            raise InputError(f"{option} does nothing with --check, which runs no zip; leave one of them out")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Checks a submission, runs it as the contest's server would, and scores it."
    )
    parser.add_argument("zips", nargs="+", type=Path, metavar="ZIP")
    parser.add_argument("--data", metavar="PATH", help="zip, class folders or .npz, as for train.py")
    held_out = "test: the held-out images (default); all: every image"
    parser.add_argument("--split", choices=("test", "all"), default="test", help=held_out)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the verdict there, too")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write it as a page for the browser, too")
    parser.add_argument("--check", action="store_true", help="only look at the zip, without running it")
    server = "judge as this server would; default: the contest's"
    parser.add_argument("--profile", choices=sorted(PROFILES), help=server)
    commandline.add_contest(parser, "the one that the zip was built for, else an2dl-2022")
    parser.add_argument(
        "--against", type=Path, metavar="ZIP", help="compare with this zip instead of the first one"
    )
    parser.add_argument(
        "--thorough", action="store_true", help="ask about all images again, not about at most 63 of them"
    )
    parser.add_argument(
        "--require-isolation", action="store_true", help="rather end with 3 than run it under limits alone"
    )
    python = parser.add_mutually_exclusive_group()
    python.add_argument("--python", metavar="INTERPRETER", help="run the submission under this Python")
    python.add_argument(
        "--matrix",
        type=lambda names: names.split(","),
        metavar="PY1,PY2",
        help="run it under each of these; the first gives the verdict, the others a row and DET04",
    )
    return parser


def _examples(arguments: argparse.Namespace, chosen: Chosen) -> Examples | None:
    if arguments.check:
        return None
    from plants.data import sources  # here, because --check has no second to import it

    dataset = sources.open_dataset(
        arguments.data, chosen.contest, demand=chosen.demand, announce=commandline.aside
    )
    return Examples(dataset, arguments.split)


if __name__ == "__main__":
    sys.exit(commandline.run(main))
