"""docs/report_claims.md, from the records in results/claims and from nothing else."""

import dataclasses
import statistics
from pathlib import Path

from plants import paired
from plants.comparison import number_format
from studies.report_claims import claims, describe, training_noise

PATH = Path(__file__).parents[2] / "docs" / "report_claims.md"
LIMIT_HOURS = 6  # on CORES, for all variants
CORES = 2

INTRODUCTION = """\
# The report's claims, measured

Written by `python compare.py --claims --write` from the records in `results/claims/`; not edited by hand.
`python compare.py --claims` trains what is missing.

## How

Every variant is the baseline with what it is named after changed, on the same {n} images of the development
part, never on the held-out ones. That is more than one thing where it cannot be one: `frozen` has the head's
optimizer and schedule in all epochs; `padded-128` differs from the baseline in size and padding, `elu` and
`he-uniform` in the hidden layers and what is done to them, so these are compared with `resized-128` and
`head-512-256-128`, from which they differ in one. Each image is answered by the net that was not trained on
its fold ({folds} folds, the same for all but `five-folds`), and all these answers are pooled.

- **The baseline**: {baseline}.
- **Accuracy** has Wilson's 95 % interval. **Macro-F1** is the mean over the classes.
- **McNemar's p** is that of his exact two-sided test: both variants answered the same images. It speaks of
  these very nets, and each is one training of many possible.
- **By fold** are the differences of the single folds, each between nets that were trained for it alone.
{noise}
- **Holm's p** adjusts {decides} for the number of differences tested here, {tests}. Not among them are
  `seed-1`, a control of noise, and `monitor-categorical`, the same training under another name.
- **Verdict**, by rule: "within noise" where Holm's p is {level} or more. Below it, a finding "better" or
  "worse" *holds* if the difference has that sign and else *does not hold*; "no better" holds if the
  compared variant is worse, and does not hold if it is better. Where the report has no finding, ours is
  said. Within noise nothing is refuted: the interval says how large a difference may have been missed. It
  is that of one difference alone, where Holm's p counts in all of them, so it may leave 0 out all the same.
- The best epoch of each net is picked on the images of its fold, so all accuracies are a little high, and
  not alike: `one-vs-rest`, `hierarchical` and `hierarchical-found` pick one for each of their nets,
  `five-folds` picks on smaller parts, and `monitor-auc` not by accuracy.
- Each variant is trained once, with one seed. The last claim shows what another one alone makes of the
  baseline.
"""

NOISE = """\
- **The noise of training.** Without the means of variants and folds, the accuracies of the single nets
  scatter as if a difference had {factor:.1f} times the variance that the images give it ({degrees} degrees of
  freedom; all variants with the same folds but the two monitors, which are the baseline's trainings).
- **The interval** of a difference is Newcombe's 95 % one for paired proportions (1998, method 10), made
  wider by the root of that factor and by Student's t. **The p that decides** is that of McNemar's statistic
  over the root of the factor, by Student's t with these degrees of freedom, and never below McNemar's p. For
  the two monitors it is McNemar's p, and the interval Newcombe's.
"""
NO_NOISE = """\
- **The noise of training** cannot be told yet: that takes two variants. **The interval** of a difference is
  Newcombe's 95 % one for paired proportions (1998, method 10). **The p that decides** is McNemar's.
"""

IN_SHORT = """\
All of it holds for nets that are trained for {epochs} epochs, with images of 96 to 128 pixels. What pays only
after many epochs, such as augmentation against overfitting, cannot show it here.
"""

COSTS = """\
CPU seconds are CPU time of the processes that train, on all cores: of the epochs and the building of graphs;
wall seconds are those of the epochs. The records leave out the start of these processes, TensorFlow's import,
the last prediction, and the process that starts them, which reads the images and pools the answers.
Parameters and seconds of a variant are sums over all of its nets.
"""


@dataclasses.dataclass(frozen=True)
class Tested:
    """One comparison whose two variants are trained."""

    test: paired.PairedTest
    interval: tuple[float, float]  # of the difference, with the noise of training
    by_fold: tuple[float, ...]  # differences; empty where the two have other folds
    deciding_p: float | None  # with the noise of training; None outside of the family
    holm_p: float | None


def render(all_claims, variants, measured):
    """The document as text. `measured` is {name of a variant: records.Measured} of those that are trained."""
    answered = _answered(all_claims, measured)
    noise = training_noise.measure(_trainings(all_claims, measured))
    tested = _tested(answered, noise)
    parts = [_introduction(variants, measured, tested, noise), _missing(variants, measured)]
    parts += ["## In short", IN_SHORT.format(epochs=_epochs(variants)), _verdicts(all_claims, tested)]
    parts += ["## Claim by claim", *(_section(claim, measured, tested) for claim in all_claims)]
    parts += ["## All variants and what they cost", _costs(variants, measured)]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def verdict(found, test, holm_p):
    """What a PairedTest says of a finding of the report, by the rule that the document states."""
    ours = test.verdict(holm_p)
    if ours == paired.WITHIN_NOISE:
        return ours
    if found == claims.NOTHING:
        return f"{ours}; the report has no finding"
    agrees = ours == (claims.WORSE if found == claims.NO_BETTER else found)
    return "holds" if agrees else "does not hold"


def _answered(all_claims, measured):
    """{comparison: (the reference's answers, the compared one's)} of those whose two variants are trained."""
    pairs = claims.comparisons(all_claims)
    return {
        pair: (measured[pair.reference].answers, measured[pair.compared].answers)
        for pair in pairs
        if pair.reference in measured and pair.compared in measured
    }


def _trainings(all_claims, measured):
    """The answers of all that were trained for the claims, each training once."""
    pairs = claims.comparisons(all_claims)
    again = {pair.compared for pair in pairs if pair.one_training}
    named = dict.fromkeys(name for pair in pairs for name in (pair.reference, pair.compared))
    return [measured[name].answers for name in named if name in measured and name not in again]


def _tested(answered, noise):
    """{comparison: Tested}."""
    tests = {pair: paired.compare(one.right, other.right) for pair, (one, other) in answered.items()}
    noises = {pair: training_noise.NONE if pair.one_training else noise for pair in tests}
    deciding = {pair: noises[pair].p(test) for pair, test in tests.items() if not pair.no_test}
    adjusted = dict(zip(deciding, paired.holm(list(deciding.values())), strict=True))
    return {
        pair: Tested(
            test=test,
            interval=noises[pair].interval(test),
            by_fold=_by_fold(*answered[pair]),
            deciding_p=deciding.get(pair),
            holm_p=adjusted.get(pair),
        )
        for pair, test in tests.items()
    }


def _by_fold(reference, compared):
    if not training_noise.have_same_folds(reference, compared):
        return ()
    return tuple(difference for difference, _ in training_noise.fold_differences(reference, compared))


def _epochs(variants):
    return sum(phase.epochs for phase in variants[0].recipe.phases)


def _introduction(variants, measured, tested, noise):
    recipe = variants[0].recipe
    return INTRODUCTION.format(
        baseline=describe.described(recipe),
        n=next((len(each.answers) for each in measured.values()), "(not yet measured)"),
        folds=recipe.folds,
        noise=(NOISE if noise.degrees else NO_NOISE).format(**dataclasses.asdict(noise)).strip(),
        decides="that p" if noise.degrees else "McNemar's p",
        tests=sum(each.holm_p is not None for each in tested.values()),
        level=paired.LEVEL,
    )


def _missing(variants, measured):
    names = [f"`{variant.name}`" for variant in variants if variant.name not in measured]
    if not names:
        return ""
    said = ", ".join(names)
    return f"**Not trained yet: {said}.** What needs them is missing below, and Holm's p will change."


def _verdicts(all_claims, tested):
    rows = [
        (claim.question, f"`{pair.compared}` against `{pair.reference}`", *_in_short(pair, tested.get(pair)))
        for claim in all_claims
        for pair in claim.comparisons
    ]
    return number_format.table(
        ("question", "compared", "the report found", "difference in points (95 %)", "verdict"), rows
    )


def _in_short(pair, tested):
    found = pair.found or "nothing"
    if tested is None:
        return found, "", "not measured yet"
    return found, number_format.difference(tested.test.difference, tested.interval), _verdict(pair, tested)


def _verdict(pair, tested):
    return pair.no_test or verdict(pair.found, tested.test, tested.holm_p)


def _section(claim, measured, tested):
    return "\n\n".join(
        part
        for part in (
            f"### {claim.question}",
            f"The report: {claim.report} Ours: {claim.ours}",
            _table(claim, measured, tested),
            *(_single_folds(name, measured[name]) for name in claim.single_folds if name in measured),
        )
    )


def _table(claim, measured, tested):
    header = (
        "variant",
        "accuracy (95 %)",
        "macro-F1",
        "difference in points (95 %)",
        "by fold",
        "McNemar's p",
        "p that decides",
        "Holm's p",
        "verdict",
    )
    rows, references = [], []
    for pair in claim.comparisons:
        if pair.reference not in references:
            references.append(pair.reference)
            rows.append((f"`{pair.reference}`", *_scores(pair.reference, measured), *[""] * 6))
        rows.append((f"`{pair.compared}`", *_scores(pair.compared, measured), *_test(pair, tested.get(pair))))
    return number_format.table(header, rows)


def _scores(name, measured):
    if name not in measured:
        return "not trained yet", ""
    scores = measured[name].answers.scores(measured[name].class_names)
    return (
        f"{number_format.share(scores['accuracy'])} ({number_format.interval(scores['ci95'])})",
        number_format.share(scores["macro_f1"]),
    )


def _test(pair, tested):
    if tested is None:
        return "", "", "", "", "", "not measured yet"
    return (
        number_format.difference(tested.test.difference, tested.interval),
        ", ".join(map(number_format.points, tested.by_fold)) or "other folds",
        number_format.p_value(tested.test.p),
        *("" if p is None else number_format.p_value(p) for p in (tested.deciding_p, tested.holm_p)),
        _verdict(pair, tested),
    )


def _single_folds(name, measured):
    """How far single splits lie apart, and how much narrower the interval of all answers is."""
    answered, names = measured.answers, measured.class_names
    folds = answered.fold_scores()
    accuracies = [fold["accuracy"] for fold in folds]
    low, high = answered.scores(names)["ci95"]
    first_low, first_high = answered.part(answered.fold == answered.fold.min()).scores(names)["ci95"]
    return (
        f"The single folds of `{name}`, {folds[0]['n']} images in the first: "
        f"{', '.join(map(number_format.share, accuracies))}; from the worst to the best "
        f"{100 * (max(accuracies) - min(accuracies)):.1f} points, standard deviation "
        f"{100 * statistics.stdev(accuracies):.1f}. The first alone would say "
        f"{number_format.share(accuracies[0])} +- {50 * (first_high - first_low):.1f} points, all together "
        f"say +- {50 * (high - low):.1f}."
    )


def _costs(variants, measured):
    header = ("variant", "what it is", "accuracy", "CPU seconds", "wall seconds", "parameters", "commit")
    rows = [_cost(variant, measured.get(variant.name)) for variant in variants]
    cpu, wall = (sum(each.record[name] for each in measured.values()) for name in ("cpu_seconds", "seconds"))
    total = (
        f"In all {number_format.whole(cpu)} CPU seconds: {cpu / 3600 / CORES:.1f} hours of {CORES} cores, "
        f"if both are busy all the time; the limit is {LIMIT_HOURS}. The wall times add up to "
        f"{wall / 3600:.1f} hours; other work on the machine is in them."
    )
    return f"{number_format.table(header, rows)}\n\n{total}\n\n{COSTS}"


def _cost(variant, measured):
    if measured is None:
        return f"`{variant.name}`", variant.recipe.summary, "not trained yet", "", "", "", ""
    record = measured.record
    return (
        f"`{variant.name}`",
        variant.recipe.summary,
        number_format.share(measured.answers.right.mean()),
        number_format.whole(record["cpu_seconds"]),
        number_format.whole(record["seconds"]),
        number_format.whole(record["parameters"]),
        record["commit"] or "",
    )
