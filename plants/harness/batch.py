"""Several zips one after the other: each said as soon as it is judged, and compared with one of them."""

import os
from pathlib import Path

from plants.errors import InputError
from plants.harness import compare_zips, interruption, matrix, verdict
from plants.harness.checks.read_manifest import OtherClasses
from plants.harness.faults import fault, in_order
from plants.harness.report import table


def judge_all(paths, open_examples, *, profile, against=None, **options):
    """The Verdict on every zip, each said when it is made. Raises InputError.

    Each is compared with the zip `against`, or else with the first that was scored; a zip `against` that is
    none of `paths` is judged and said first. `open_examples()` gives the Examples, or None for the
    static checks alone. `options` are those of `matrix.judge`. Zips with the same file name are called by
    as many of their folders as tells them apart.
    """
    every = [*paths, *([against] if against else [])]
    for path in every:
        verdict.refuse_missing(path)
    names = names_of(every)
    verdicts, problem = [], KeyboardInterrupt()
    try:
        with interruption.let_through():
            options |= {"examples": open_examples(), "profile": profile}
            _judge_in_turn(verdicts, paths, against, names=names, options=options)
    except InputError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # while the data was read: no zip's fault
        problem = error
    rest = [verdict.unjudged(path, profile, problem, names[path]) for path in paths[len(verdicts) :]]
    for result in rest:
        table.say(result, profile, several=len(every) > 1)
    return verdicts + rest


def names_of(paths):
    """{path: its shortest end that is the end of no other file's path}."""
    parts = {path: Path(os.path.abspath(path)).parts for path in paths}
    return {path: _name(parts[path], set(parts.values())) for path in paths}


def _name(mine, every):
    for count in range(1, len(mine) + 1):
        if sum(other[-count:] == mine[-count:] for other in every) == 1:
            break
    return Path(*mine[-count:]).as_posix()


def _judge_in_turn(verdicts, paths, against, *, names, options):
    """Appends to `verdicts` those on `paths`, up to the one that an interrupt ended."""
    reference, several = None, len(paths) > 1 or bool(against)
    if against:
        reference = _judge(against, names[against], options, alone=False)
        _finish(reference, None, options["profile"], several)
        if reference.interrupted:
            return
    for path in paths:
        # Appended first, so that nothing which comes after the judging loses it.
        verdicts.append(_judge(path, names[path], options, alone=len(paths) == 1))
        _finish(verdicts[-1], reference, options["profile"], several)
        if verdicts[-1].interrupted:
            return
        if reference is None and verdicts[-1].answered:
            reference = verdicts[-1]


def _judge(path, name, options, *, alone):
    try:
        return matrix.judge(path, name=name, **options)
    except OtherClasses as error:
        if alone:
            raise
        return verdict.unjudged(path, options["profile"], error, name)  # the data may fit the other zips


def _finish(result, reference, profile, several):
    """Compares the Verdict `result` with that of the zip `reference`, unless that is None, and says it."""
    try:
        if reference and result.answered:
            _compare(result, reference)
        table.say(result, profile, several=several)
    except KeyboardInterrupt:
        result.interrupted = True
        result.notes.append("interrupted after it was judged, while it was compared and said")


def _compare(result, reference):
    """Notes in the Verdict `result` how it does against that of the zip `reference`."""
    try:
        found = reference.answered and compare_zips.compare(
            result.answered, reference.answered, reference.zip
        )
    except Exception as error:  # a defect, or a library that is missing
        what = f"not compared with {reference.zip}: {type(error).__name__}: {error}"
        result.faults = in_order([*result.faults, fault("HAR02", f"Harness problem, not yours: {what}.")])
        return
    if not found:
        why = "they were scored on other images" if reference.answered else f"it was {_said(reference)}"
        result.notes.append(f"not compared with {reference.zip}: {why}")
        return
    result.comparison = found
    result.faults = in_order(result.faults + compare_zips.faults_of(found))


def _said(result):
    return "rejected" if result.verdict == verdict.REJECTED else "not scored"
