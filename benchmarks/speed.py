"""Measures how fast the kit is, beside what others would use, and writes docs/speed.md with its picture.

    pip install -r requirements-benchmarks.txt
    python benchmarks/speed.py                     # all parts: at most 75 minutes on 2 idle cores
    python benchmarks/speed.py training predict    # some; the others keep their last figures

Nothing else may run beside it. `minutes` needs the contest's data; the other parts draw their images.
"""

import argparse
import importlib.util
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import growth, memory, minutes, page, predict, start, training
from plants import commandline, files
from plants.data import sources
from plants.errors import InputError

PARTS = {
    "training": training.measure,
    "minutes": minutes.measure,
    "predict": predict.measure,
    "start": start.measure,
    "memory": memory.measure,
    "growth": growth.measure,
}

OTHERS = ("onnxruntime", "openvino", "tf2onnx")  # what the kit's answers are compared with
WITH_OTHERS = ("predict", "start", "memory")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line; exits with code 2 on wrong usage."""
    parser = argparse.ArgumentParser(prog="benchmarks/speed.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; default: all")
    parser.add_argument("--data", metavar="PATH", help="the contest's images, for `minutes`; as for train.py")
    options = parser.parse_args(argv)
    if unknown := [part for part in options.parts if part not in PARTS]:
        parser.error(f"no part {unknown[0]!r}; expected some of {', '.join(PARTS)}")
    return options


def parts_at_hand(data: str | None) -> list[str]:
    """All parts; without the contest's images all but `minutes`, which is said. InputError for bad `data`."""
    if data is None:
        try:
            sources.open_contest_data()
        except InputError as error:
            print(f"minutes: left out, {error}", flush=True)
            return [part for part in PARTS if part != "minutes"]
    return list(PARTS)


def refuse_what_cannot_be_measured(parts: Sequence[str], data: str | None) -> None:
    """Raises InputError before any work: for a missing package, or missing images of the contest."""
    missing = [name for name in OTHERS if importlib.util.find_spec(name) is None]
    if missing and any(part in WITH_OTHERS for part in parts):
        raise InputError(
            f"{', '.join(missing)} missing, needed by {', '.join(WITH_OTHERS)}: "
            "pip install -r requirements-benchmarks.txt, or name other parts"
        )
    if "minutes" in parts:
        sources.open_contest_data(data)


def main(argv: Sequence[str] | None = None) -> None:
    options = parse(argv)
    parts = options.parts or parts_at_hand(options.data)
    refuse_what_cannot_be_measured(parts, options.data)
    record = files.read_json(page.RECORD) if page.RECORD.exists() else {}
    for name in parts:
        started = time.monotonic()
        print(f"{name}: ...", flush=True)
        figures = PARTS[name](options.data)
        record[name] = {**page.circumstances(), "seconds": round(time.monotonic() - started), **figures}
        files.write_json(page.RECORD, record)  # after each part, so that a stop loses one at most
        print(page.part_in_text(name, record[name]), flush=True)
    page.write(record)
    print(f"wrote {page.DOCUMENT}, {page.PICTURE} and {page.RECORD}")


if __name__ == "__main__":
    sys.exit(commandline.run(main))
