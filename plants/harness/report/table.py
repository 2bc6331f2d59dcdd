"""A verdict as plain text, for the terminal."""

import sys
from collections.abc import Iterator

from plants.harness import compare_zips
from plants.harness.compare_zips import Flip
from plants.harness.faults import HARNESS, Fault, one_line
from plants.harness.profiles import Profile
from plants.harness.report import class_table
from plants.harness.scoring import forecast
from plants.harness.verdict import Row, Verdict
from plants.metrics import Scores

FLIPS_SHOWN = 10
CELL_WIDTH = 12  # characters
MESSAGE_SHOWN = 300  # characters; --json has all of it


def say(verdict: Verdict, profile: Profile, *, several: bool = False) -> None:
    """Prints the table to stdout, then to stderr each fault, a line and one below it, and each note.

    Where it is one of `several` zips, a line before these says whose they are.
    """
    print("\n".join(lines(verdict, profile)), flush=True)  # before what stderr gets
    remarks = [line for fault in verdict.faults for line in fault_lines(fault)]
    remarks += [f"note: {note}" for note in verdict.notes]
    if several and remarks:
        remarks.insert(0, f"note: of {verdict.zip}:")
    for line in remarks:
        print(line, file=sys.stderr)


def fault_lines(fault: Fault) -> list[str]:
    """What is wrong, after the code; then, indented, why and what to do."""
    first = one_line(f"{fault.code}{fault.mark} {fault.message}", limit=MESSAGE_SHOWN)
    return [first, f"    {fault.cause} {fault.remedy}"]


def lines(verdict: Verdict, profile: Profile) -> list[str]:
    """The lines of one zip's table: verdict, score, classes, confusion, time and memory."""
    text = [
        f"{verdict.zip}: {verdict.verdict.replace('_', ' ').upper()}{_why(verdict)}",
        _profile_line(profile),
    ]
    if verdict.scores:
        text += [_score_line(verdict.scores), *_standing_lines(verdict)]
        text += ["", *class_table.lines(verdict.scores)]
    if verdict.matrix:
        text += ["", *matrix_lines(verdict.matrix)]
    if verdict.timing:
        text += ["", _cost_line(verdict)]
    if verdict.forecast:
        text.append(forecast.text(verdict.forecast))
    return text


def _why(verdict: Verdict) -> str:
    rejects = sum(fault.rejects for fault in verdict.faults)
    warnings = sum(not fault.rejects and fault.level != HARNESS for fault in verdict.faults)
    counts = " and ".join(filter(None, [_count(rejects, "fault"), _count(warnings, "warning")]))
    return f" ({counts})" if counts else ""


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}" if number else ""


def _profile_line(profile: Profile) -> str:
    python, tensorflow = ("{}.{}".format(*version) for version in (profile.python, profile.tensorflow))
    return (
        f"profile {profile.name}: class {profile.constructor_call}, Python {python}, "
        f"TensorFlow {tensorflow}, at most {profile.describe_limits()}"
    )


def _score_line(scores: Scores) -> str:
    low, high = scores["ci95"]
    return (
        f"accuracy {scores['accuracy']:.4f} on {scores['n']} images (95 % interval {low:.3f} to "
        f"{high:.3f}), macro-F1 {scores['macro_f1']:.4f}"
    )


def _standing_lines(verdict: Verdict) -> Iterator[str]:
    """How the score stands against another zip's, and how often it was looked for on these images."""
    if verdict.comparison:
        yield compare_zips.line(verdict.comparison)
        yield from map(_flip_line, verdict.comparison.flips[:FLIPS_SHOWN])
        if len(verdict.comparison.flips) > FLIPS_SHOWN:
            yield f"  and {len(verdict.comparison.flips) - FLIPS_SHOWN} more"
    if verdict.ledger:
        looks = verdict.ledger
        times = "once" if looks.scores == 1 else f"{looks.scores} times"
        yield (
            f"these images were looked at {times}, for {looks.zips} zip{'s' if looks.zips > 1 else ''}; "
            f"best so far {looks.best:.4f}"
        )


def _flip_line(flip: Flip) -> str:
    mark = "gained" if flip.answer == flip.label else "lost" if flip.reference == flip.label else "neither"
    return f"  {mark:<8}{flip.image}: {flip.answer} instead of {flip.reference}"


def matrix_lines(rows: list[Row]) -> Iterator[str]:
    """The matrix of a zip, a line for each interpreter."""
    heads = ("Python", "TensorFlow", "verdict", "accuracy", "macro-F1", "changed", "seconds")
    yield "".join(f"{head:<{CELL_WIDTH}}" for head in heads) + "interpreter"
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
        line = "".join(f"{'-' if cell is None else cell:<{CELL_WIDTH}}" for cell in cells)
        yield line + row.interpreter + (f" ({row.why})" if row.why else "")


def _figure(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def _cost_line(verdict: Verdict) -> str:
    phases = ", ".join(f"{phase} {seconds:.1f}" for phase, seconds in verdict.timing.items())
    memory = f"; peak memory {verdict.peak_rss_mb:.0f} MB" if verdict.peak_rss_mb else ""
    layers = f"; isolation: {', '.join(verdict.isolation)}" if verdict.isolation else ""
    return f"{verdict.seconds:.1f} s in all ({phases}){memory}{layers}"
