"""One zip under several interpreters: a row for each, and DET04 where their answers differ."""

import dataclasses

import numpy as np

from plants.harness import compare_zips, verdict
from plants.harness.faults import in_order

WIDTH = 12  # characters of a cell


@dataclasses.dataclass(frozen=True)
class Row:
    """How a zip did under one interpreter.

    `changed` counts the answers that differ from those under the first interpreter, None where there are
    not two lists of answers to compare; `why` is the first fault of a zip that was not accepted.
    """

    interpreter: str
    python: str | None
    tensorflow: str | None
    verdict: str
    accuracy: float | None
    macro_f1: float | None
    changed: int | None
    seconds: float
    why: str | None


def judge(path, examples, interpreters=(None,), *, ledger=None, **options):
    """The Verdict under the first of `interpreters`, which stands for the server's, with its matrix.

    The others only add their rows, and DET04; what they fail for is no fault of the zip. `options` are
    those of `verdict.judge`, which says what is raised.
    """
    first = verdict.judge(path, examples, interpreter=interpreters[0], ledger=ledger, **options)
    results = [first]
    for interpreter in interpreters[1:]:
        if first.interrupted or examples is None:  # nothing was run
            return first
        results.append(verdict.judge(path, examples, interpreter=interpreter, **options))
        first.interrupted = results[-1].interrupted
    if len(results) > 1:
        first.matrix = [_row(*pair, first) for pair in zip(interpreters, results, strict=True)]
        answers = {_name(row): result.answered.answers for row, result in _scored(first.matrix, results)}
        first.faults = in_order(first.faults + (compare_zips.between(answers) if answers else []))
    return first


def _scored(rows, results):
    """The pairs that have answers; none if the first, with which they are compared, has none."""
    pairs = [(row, result) for row, result in zip(rows, results, strict=True) if result.answered]
    return pairs if results[0].answered else []


def _name(row):
    tensorflow = f", TensorFlow {row.tensorflow}" if row.tensorflow else ""
    return f"{row.interpreter} (Python {row.python}{tensorflow})"


def lines(rows):
    """The rows as lines of a plain table; none for no rows."""
    if not rows:
        return
    heads = ("Python", "TensorFlow", "verdict", "accuracy", "macro-F1", "changed", "seconds")
    yield "".join(f"{head:<{WIDTH}}" for head in heads) + "interpreter"
    for row in rows:
        cells = (
            row.python,
            row.tensorflow,
            row.verdict.split("_")[0],
            _figure(row.accuracy),
            _figure(row.macro_f1),
            row.changed,
            f"{row.seconds:.1f}",
        )
        said = "".join(f"{'-' if cell is None else cell:<{WIDTH}}" for cell in cells)
        yield said + row.interpreter + (f" ({row.why})" if row.why else "")


def _figure(value):
    return None if value is None else f"{value:.4f}"


def _row(interpreter, result, first):
    failed = [found for found in result.faults if found.level != "warning"]
    return Row(
        interpreter=str(interpreter),
        python=result.versions.get("python"),
        tensorflow=result.versions.get("tensorflow"),
        verdict=result.verdict,
        accuracy=result.scores.get("accuracy"),
        macro_f1=result.scores.get("macro_f1"),
        changed=_changed(result, first),
        seconds=result.seconds,
        why=f"{failed[0].code} {failed[0].message}" if failed else None,
    )


def _changed(result, first):
    """How many answers differ; both were given the same images, in the same order."""
    if not (result.answered and first.answered):
        return None
    return int(np.count_nonzero(result.answered.answers != first.answered.answers))
