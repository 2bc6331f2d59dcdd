"""Judges submissions: would the contest's server accept this zip, and how well does it do?

    python score.py submission.zip
    python score.py submission.zip --check

The table goes to stdout, each fault is a line on stderr. Exit code: 0 accepted, 1 rejected,
2 wrong usage or bad data, 3 the harness itself cannot work.
"""

import argparse
import contextlib
import signal
import sys
import tempfile
from pathlib import Path

from plants import commandline, files
from plants.errors import InputError
from plants.harness import table, verdict
from plants.harness.profiles import PROFILES

EXIT_CODES = {verdict.ACCEPTED: 0, verdict.REJECTED: 1, verdict.HARNESS_ERROR: 3}


def main(argv=None):
    arguments = _parser().parse_args(argv)
    profile = PROFILES[arguments.profile]
    if arguments.json:  # before minutes are spent
        _refuse_unwritable(arguments.json)
    verdicts = _judge_all(arguments, profile)
    for result in verdicts:
        _say(result, profile)
    code = max(EXIT_CODES[result.verdict] for result in verdicts)
    if arguments.json:
        code = max(code, _write(arguments.json, [result.to_dict() for result in verdicts]))
    return code


def _parser():
    parser = argparse.ArgumentParser(
        description="Checks a submission, runs it as the contest's server would, and scores it."
    )
    parser.add_argument("zips", nargs="+", type=Path, metavar="ZIP")
    parser.add_argument("--data", metavar="PATH", help="the contest's zip, or a folder of class folders")
    parser.add_argument(
        "--split",
        choices=("test", "all"),
        default="test",
        help="test: the held-out images (default); all: every image",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the verdict there")
    parser.add_argument("--check", action="store_true", help="only look at the zip, without running it")
    parser.add_argument(
        "--profile",
        choices=sorted(PROFILES),
        default="codalab-2022",
        help="the server to be like (default: %(default)s)",
    )
    parser.add_argument("--python", metavar="INTERPRETER", help="run the submission under this Python")
    return parser


def _refuse_unwritable(path):
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path.parent).close()
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
    except OSError as error:
        raise InputError(f"--json {path}: cannot be written ({error}); name another file") from None


def _judge_all(arguments, profile):
    for path in arguments.zips:
        verdict.refuse_missing(path)
    verdicts = []
    try:
        examples = None if arguments.check else _examples(arguments)
        while len(verdicts) < len(arguments.zips) and not (verdicts and verdicts[-1].interrupted):
            path = arguments.zips[len(verdicts)]
            verdicts.append(verdict.judge(path, examples, profile=profile, interpreter=arguments.python))
    except KeyboardInterrupt:  # while the data was read
        pass
    return verdicts + [verdict.interrupted(path, profile) for path in arguments.zips[len(verdicts) :]]


def _examples(arguments):
    # Here, because --check needs neither data nor the seconds that these take to import.
    from plants.data.dataset import open_dataset
    from plants.harness.examples import Examples

    dataset = open_dataset(arguments.data, announce=lambda line: print(line, file=sys.stderr))
    return Examples(dataset, arguments.split)


def _say(result, profile):
    with contextlib.suppress(BrokenPipeError):  # as `score.py ... | head -1` leaves it
        print("\n".join(table.lines(result, profile)), flush=True)
    for line in [*result.faults, *(f"note: {note}" for note in result.notes)]:
        print(line, file=sys.stderr, flush=True)


def _write(path, records):
    """Writes the JSON file; 3 where it cannot be written after all, else 0."""
    try:
        files.write_json(path, records[0] if len(records) == 1 else {"entries": records})
    except OSError as error:
        print(f"HAR02 Harness problem, not yours: --json {path}: {error}.", file=sys.stderr)
        return EXIT_CODES[verdict.HARNESS_ERROR]
    return 0


def _interrupt_once(*_):
    """The first Ctrl-C or kill ends the run; further ones must not disturb its clearing up."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGINT, _interrupt_once)
    signal.signal(signal.SIGTERM, _interrupt_once)
    sys.exit(commandline.run(main))
