"""Several zips one after the other: each said as soon as it is judged, and compared with one of them."""

from plants.errors import InputError
from plants.harness import comparison, matrix, table, verdict
from plants.harness.faults import in_order
from plants.harness.manifest import OtherClasses


def judge_all(paths, open_examples, *, profile, against=None, **options):
    """The Verdict on every zip, each said when it is made. Raises InputError.

    Each is compared with the zip `against`, or else with the first that was scored; a zip `against` that is
    none of `paths` is judged and said first. `open_examples()` gives the Examples, or None for the
    static checks alone. `options` are those of `matrix.judge`.
    """
    for path in [*paths, *([against] if against else [])]:
        verdict.refuse_missing(path)
    verdicts, problem = [], KeyboardInterrupt()
    try:
        options |= {"examples": open_examples(), "profile": profile}
        reference = _judge(against, options, alone=False, reference=None) if against else None
        for path in paths:
            if reference and reference.interrupted:
                break
            verdicts.append(_judge(path, options, alone=len(paths) == 1, reference=reference))
            if reference is None and verdicts[-1].answered:
                reference = verdicts[-1]
            if verdicts[-1].interrupted:
                break
    except InputError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # while the data was read: no zip's fault
        problem = error
    rest = [verdict.unjudged(path, profile, problem) for path in paths[len(verdicts) :]]
    for result in rest:
        table.say(result, profile)
    return verdicts + rest


def _judge(path, options, *, alone, reference):
    try:
        result = matrix.judge(path, **options)
    except OtherClasses as error:
        if alone:
            raise
        result = verdict.unjudged(path, options["profile"], error)  # the data may well fit the other zips
    if reference and result.answered:
        _compare(result, reference)
    table.say(result, options["profile"])
    return result


def _compare(result, reference):
    """Notes in the Verdict `result` how it does against that of the zip `reference`."""
    found = reference.answered and comparison.compare(result.answered, reference.answered, reference.zip)
    if not found:
        why = "they were scored on other images" if reference.answered else f"it was {_said(reference)}"
        result.notes.append(f"not compared with {reference.zip}: {why}")
        return
    result.comparison = found
    result.faults = in_order(result.faults + comparison.faults_of(found))


def _said(result):
    return "rejected" if result.verdict == verdict.REJECTED else "not scored"
