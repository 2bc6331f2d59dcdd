"""From the record of `--json` to what the page shows: plain rows of text and shares, no markup."""

import dataclasses
from typing import Any

from plants.harness.profiles import Profile

VerdictRecord = dict[str, Any]  # what Verdict.to_dict gives

MATRIX_CLASSES = 12  # more columns do not fit on a telephone
TABLE_CLASSES = 24  # a manifest may name thousands
FAULTS_SHOWN = 20
NAME_LENGTH = 28
FLIPS_SHOWN = 12
FLIPS_OF_SEVERAL = 5
LONGEST_LIST = 40
LEVELS = {"harness": "Harness problem", "reject": "Fault", "warning": "Warning"}
VERDICTS = {
    "accepted": "The server would take this zip.",
    "rejected": "The server would fail on this zip, or its answers cannot be scored.",
    "harness_error": "The harness could not do its work. This says nothing about the zip.",
}
VERSIONS = ("python", "tensorflow")  # fields of a profile that are (major, minor)
PHASES = {
    "check": "look at the zip, without running it",
    "unpack": "unpack it",
    "start": "start Python and its libraries; the server has done so before",
    "import": "import model.py",
    "init": "construct the class",
    "predict": "predict all images in one call",
    "probes": "ask again in other ways",
    "diagnosis": "try other scalings of X",
    "score": "compare with the labels",
    "probabilities": "ask how sure it was of its wrong answers, for this page",
}


def faults(record: VerdictRecord) -> list[dict[str, Any]]:
    """The faults to show, those that decide the verdict first."""
    return [fault for level in LEVELS for fault in record["faults"] if fault["level"] == level][:FAULTS_SHOWN]


def classes(record: VerdictRecord) -> list[dict[str, Any]]:
    """The rows of the per-class table: those classes that occur among the labels or the answers."""
    answered = [sum(column) for column in zip(*record["confusion"], strict=True)]
    rows = [
        dict(row, number=number, answered=answered[number])
        for number, row in enumerate(record["per_class"])
        if row["n"] or answered[number]
    ]
    return rows[:TABLE_CLASSES]


def matrix(record: VerdictRecord) -> list[dict[str, Any]]:
    """The confusion matrix as rows of cells, or [] where it would be too wide.

    A cell has its count, whether the answer was right, and its share of the row's images.
    """
    confusion = record["confusion"]
    if len(confusion) > MATRIX_CLASSES:
        return []
    return [
        {
            "number": number,
            "name": record["per_class"][number]["name"],
            "cells": [
                {"count": count, "right": number == other, "share": count / max(1, sum(row))}
                for other, count in enumerate(row)
            ],
        }
        for number, row in enumerate(confusion)
    ]


def phases(record: VerdictRecord) -> list[dict[str, Any]]:
    """Each phase of the timing with what it is and its share of the longest one."""
    longest = max(record["timing"].values(), default=0) or 1
    return [
        {"name": name, "what": PHASES.get(name, ""), "seconds": seconds, "share": seconds / longest}
        for name, seconds in record["timing"].items()
    ]


def questions(record: VerdictRecord) -> list[dict[str, Any]]:
    """What the probes asked, in words, with the number of images, seconds and whether it failed."""
    calls = record["probes"]["calls"] if record["probes"] else {}
    return [call for name, call in calls.items() if name != "main"]


def interpreter(versions: dict[str, str]) -> str:
    """What tells apart the runs of one zip under several interpreters: Python 3.9.18, TensorFlow 2.9.3."""
    known = {"python": "Python", "tensorflow": "TensorFlow"}
    return ", ".join(f"{title} {versions[name]}" for name, title in known.items() if versions.get(name))


def settings(profile: Profile) -> list[tuple[str, str]]:
    """The fields of a profile in words: (name, value) pairs."""
    return [
        (_words(field.name), _value(field.name, getattr(profile, field.name)))
        for field in dataclasses.fields(profile)
        if field.name != "name"  # which the heading says
    ]


def _words(name: str) -> str:
    for unit in ("_bytes", "_seconds"):
        name = name.removesuffix(unit)
    return name.replace("_", " ")


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_bytes"):
        return size(value)
    if name.endswith("_seconds"):
        return seconds(value)
    if name in VERSIONS:
        return ".".join(map(str, value))
    if isinstance(value, tuple | frozenset) and len(value) > LONGEST_LIST:
        return f"{len(value)} names"
    if isinstance(value, tuple | frozenset):
        return ", ".join(map(str, sorted(value))) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def size(number_of_bytes: float) -> str:
    """1536 -> 1.5 KB; 1024 bytes to a KB, as the limits count."""
    for unit in ("bytes", "KB", "MB"):
        if number_of_bytes < 1024:
            return f"{number_of_bytes:.3g} {unit}"
        number_of_bytes /= 1024
    return f"{number_of_bytes:.3g} GB"


def megabytes(value: float | None, unknown: str = "–") -> str:
    """1536.0 -> 1.5 GB"""
    return size(value * 2**20) if value else unknown


def seconds(value: float) -> str:
    """0.0123 -> 0.01 s; 7.489 -> 7.5 s; 754 -> 12 min 34 s."""
    if value < 1:
        return f"{value:.2f} s"
    if value < 120:
        return f"{value:.1f} s" if value % 1 else f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def points(difference: float) -> str:
    """0.0044 -> +0.4 pp, as the difference of two accuracies is said."""
    return f"{100 * difference:+.1f}\N{NO-BREAK SPACE}pp"


def short(name: str) -> str:
    """A class name as tables have room for it; the JSON record has it whole."""
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"


def score(value: float) -> str:
    """0.8739 -> 0.874"""
    return f"{value:.3f}"


def percent(share: float, digits: int = 1) -> str:
    """0.8739 -> 87.4 %, never broken over two lines"""
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def plain(value: Any) -> Any:
    """Text fit for a page: no control or direction characters, which could garble what stands beside.

    Anything else is left as it is; the template escapes it.
    """
    if type(value) is not str:  # markup of the template itself, numbers
        return value
    return "".join(
        char if char.isprintable() or char in "\n\t\N{NO-BREAK SPACE}" else "\N{REPLACEMENT CHARACTER}"
        for char in value
    )
