"""Several zips one after the other: each said as soon as it is judged, and compared with one of them."""

import dataclasses
import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from plants import interrupts
from plants.errors import InputError
from plants.harness import compare_zips, judge
from plants.harness.checks.read_manifest import OtherData
from plants.harness.examples import Examples
from plants.harness.options import JudgeOptions
from plants.harness.report import table
from plants.harness.verdict import REJECTED, Row, Verdict, harness_fault, unjudged


def judge_all(
    paths: Sequence[Path], open_examples: Callable[[], Examples | None], options: JudgeOptions
) -> list[Verdict]:
    """The Verdict on every zip, each said when it is made. Raises InputError.

    Each is compared with the zip that `options` names, which is judged and said first, or else with the
    first that was scored. `open_examples()` gives None for the checks alone. Zips with the same file name
    are called by as many of their folders as tells them apart.
    """
    every = [*paths, *([options.against] if options.against else [])]
    for path in every:
        judge.refuse_missing(path)
    names = names_of(every)
    say = functools.partial(table.say, profile=options.profile, several=len(every) > 1)
    verdicts: list[Verdict] = []
    problem: BaseException = KeyboardInterrupt()
    try:
        with interrupts.allowed():
            _judge_in_turn(verdicts, paths, open_examples(), options, names, say)
    except InputError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # while the data was read: no zip's fault
        problem = error
    for path in paths[len(verdicts) :]:
        verdicts.append(unjudged(path, options.profile, problem, names[path]))
        say(verdicts[-1])
    return verdicts


def names_of(paths: Sequence[Path]) -> dict[Path, str]:
    """{path: its shortest end that is the end of no other file's path}."""
    parts = {path: Path(os.path.abspath(path)).parts for path in paths}
    return {path: _name(parts[path], set(parts.values())) for path in paths}


def _name(mine: tuple[str, ...], every: set[tuple[str, ...]]) -> str:
    for count in range(1, len(mine) + 1):
        if sum(other[-count:] == mine[-count:] for other in every) == 1:
            break
    return Path(*mine[-count:]).as_posix()


def _judge_in_turn(
    verdicts: list[Verdict],
    paths: Sequence[Path],
    examples: Examples | None,
    options: JudgeOptions,
    names: dict[Path, str],
    say: Callable[[Verdict], None],
) -> None:
    """Appends to `verdicts` those on `paths`, up to the one that an interrupt ended."""
    reference, against = None, options.against
    if against:
        reference = judge_under_each(against, examples, options, name=names[against], is_alone=False)
        _finish(reference, None, say)
        if reference.interrupted:
            return
    for path in paths:
        # Appended first, so that nothing which comes after the judging loses it.
        is_alone = len(paths) == 1
        verdicts.append(judge_under_each(path, examples, options, name=names[path], is_alone=is_alone))
        _finish(verdicts[-1], reference, say)
        if verdicts[-1].interrupted:
            return
        if reference is None and verdicts[-1].answered:
            reference = verdicts[-1]


def judge_under_each(
    path: Path,
    examples: Examples | None,
    options: JudgeOptions,
    *,
    name: str | None = None,
    is_alone: bool = True,
) -> Verdict:
    """The Verdict under the first of the interpreters, which stands for the server's, with a row for each.

    The others only add their rows, and DET04; what they fail for is no fault of the zip. Raises what
    `judge_zip` does; data that does not fit a zip that is not alone becomes its verdict.
    """
    try:
        first = judge.judge_zip(path, examples, options, name=name)
    except OtherData as error:
        if is_alone:
            raise
        return unjudged(path, options.profile, error, name)  # the data may fit the other zips
    verdicts = [first]
    for interpreter in options.interpreters[1:]:
        if first.interrupted or examples is None:  # nothing was run
            return first
        other = dataclasses.replace(options, interpreters=(interpreter,), ledger=None)
        verdicts.append(judge.judge_zip(path, examples, other, name=name))
        first.interrupted = verdicts[-1].interrupted
    if len(verdicts) > 1:
        first.matrix = [Row.of(*pair, first) for pair in zip(options.interpreters, verdicts, strict=True)]
        pairs = zip(first.matrix, verdicts, strict=True)
        answers = {row.label: verdict.answered.answers for row, verdict in pairs if verdict.answered}
        first.collected += compare_zips.between(answers) if first.answered else []
    return first


def _finish(verdict: Verdict, reference: Verdict | None, say: Callable[[Verdict], None]) -> None:
    """Compares the Verdict with that of the zip `reference`, unless that is None, and says it."""
    try:
        if reference and verdict.answered:
            _compare(verdict, reference)
        say(verdict)
    except KeyboardInterrupt:
        verdict.interrupted = True
        verdict.notes.append("interrupted after it was judged, while it was compared and said")


def _compare(verdict: Verdict, reference: Verdict) -> None:
    """Notes in the Verdict how it does against that of the zip `reference`."""
    comparison = None
    try:
        if verdict.answered and reference.answered:
            comparison = compare_zips.compare(verdict.answered, reference.answered, reference.zip)
    except Exception as error:  # a defect, or a library that is missing
        problem = f"not compared with {reference.zip}: {type(error).__name__}: {error}"
        verdict.collected.append(harness_fault(problem))
        return
    if comparison is None:
        reason = "they were scored on other images"
        if not reference.answered:
            reason = f"it was {'rejected' if reference.verdict == REJECTED else 'not scored'}"
        verdict.notes.append(f"not compared with {reference.zip}: {reason}")
        return
    verdict.comparison = comparison
    verdict.collected += compare_zips.faults_of(comparison)
