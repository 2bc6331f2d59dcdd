"""docs/report_claims.md, from the records in results/claims and from nothing else."""

import statistics
from pathlib import Path

from plants import paired
from plants.comparison import claims, in_words, wording

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
- **p** is that of McNemar's exact two-sided test: both variants answered the same images. The difference has
  Newcombe's 95 % interval for paired proportions (1998, method 10).
- **Holm's p** adjusts p for the number of differences tested here, {tests}: it is the one that decides.
  Not among them are `seed-1`, a control of noise, and `monitor-categorical`, the same training under another
  name.
- **Verdict**, by rule: "within noise" where Holm's p is {level} or more. Below it, a finding "better" or
  "worse" *holds* if the difference has that sign and else *does not hold*; "no better" holds if the
  compared variant is worse, and does not hold if it is better. Where the report has no finding, ours is
  said. Within noise nothing is refuted: the interval says how large a difference may have been missed.
- The best epoch of each net is picked on the images of its fold, so all accuracies are a little high, and
  not alike: `one-vs-rest` and `hierarchical` pick one for each of their nets, `frozen` picks among
  {frozen_epochs} epochs and the others among {epochs}, `five-folds` picks on smaller parts, and `monitor-auc`
  not by accuracy.
- Each variant is trained once. The test speaks of these trained nets: it cannot know what another seed
  would give. The last claim measures that for the baseline.
- The trainings are short. What pays only after many epochs cannot show it here.
"""

COSTS = """\
CPU seconds are CPU time of the processes that train, on all cores: of the epochs and the building of graphs;
wall seconds are those of the epochs. The records leave out the start of these processes, TensorFlow's import,
the last prediction, and the process that starts them, which reads the images and pools the answers.
Parameters and seconds of a variant are sums over all of its nets.
"""


def render(all_claims, variants, measured):
    """The document as text. `measured` is {name of a variant: records.Measured} of those that are trained."""
    tests = _tests(all_claims, measured)
    family = {pair: test.p for pair, test in tests.items() if not pair.no_test}
    adjusted = dict(zip(family, paired.holm(list(family.values())), strict=True))
    parts = [_introduction(variants, measured, len(family)), _missing(variants, measured)]
    parts += ["## In short", _verdicts(all_claims, tests, adjusted), "## Claim by claim"]
    parts += [_section(claim, measured, tests, adjusted) for claim in all_claims]
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


def _tests(all_claims, measured):
    """{comparison: PairedTest} of those whose two variants are trained."""
    pairs = [comparison for claim in all_claims for comparison in claim.comparisons]
    return {
        pair: paired.compare(measured[pair.reference].answers.right, measured[pair.compared].answers.right)
        for pair in pairs
        if pair.reference in measured and pair.compared in measured
    }


def _introduction(variants, measured, count):
    recipe = variants[0].recipe
    return INTRODUCTION.format(
        baseline=in_words.described(recipe),
        n=next((len(each.answers) for each in measured.values()), "(not yet measured)"),
        folds=recipe.folds,
        epochs=recipe.phases[-1].epochs,  # the first of a phase replaces what the phase before came to
        frozen_epochs=sum(phase.epochs for phase in recipe.phases),
        tests=count,
        level=paired.LEVEL,
    )


def _missing(variants, measured):
    names = [f"`{variant.name}`" for variant in variants if variant.name not in measured]
    if not names:
        return ""
    said = ", ".join(names)
    return f"**Not trained yet: {said}.** What needs them is missing below, and Holm's p will change."


def _verdicts(all_claims, tests, adjusted):
    rows = [
        (claim.question, f"`{pair.compared}` against `{pair.reference}`", *_in_short(pair, tests, adjusted))
        for claim in all_claims
        for pair in claim.comparisons
    ]
    return wording.table(
        ("question", "compared", "the report found", "difference in points (95 %)", "verdict"), rows
    )


def _in_short(pair, tests, adjusted):
    found = pair.found or "nothing"
    if pair not in tests:
        return found, "", "not measured yet"
    test = tests[pair]
    return (
        found,
        wording.difference(test.difference, test.interval),
        _verdict(pair, test, adjusted),
    )


def _verdict(pair, test, adjusted):
    return pair.no_test or verdict(pair.found, test, adjusted[pair])


def _section(claim, measured, tests, adjusted):
    return "\n\n".join(
        part
        for part in (
            f"### {claim.question}",
            f"The report: {claim.report} Ours: {claim.ours}",
            _table(claim, measured, tests, adjusted),
            *(_single_folds(name, measured[name]) for name in claim.single_folds if name in measured),
        )
    )


def _table(claim, measured, tests, adjusted):
    header = (
        "variant",
        "accuracy (95 %)",
        "macro-F1",
        "difference in points (95 %)",
        "p",
        "Holm's p",
        "verdict",
    )
    rows, references = [], []
    for pair in claim.comparisons:
        if pair.reference not in references:
            references.append(pair.reference)
            rows.append((f"`{pair.reference}`", *_scores(pair.reference, measured), "", "", "", ""))
        rows.append((f"`{pair.compared}`", *_scores(pair.compared, measured), *_test(pair, tests, adjusted)))
    return wording.table(header, rows)


def _scores(name, measured):
    if name not in measured:
        return "not trained yet", ""
    scores = measured[name].answers.scores(measured[name].class_names)
    return (
        f"{wording.share(scores['accuracy'])} ({wording.interval(scores['ci95'])})",
        wording.share(scores["macro_f1"]),
    )


def _test(pair, tests, adjusted):
    if pair not in tests:
        return "", "", "", "not measured yet"
    test = tests[pair]
    return (
        wording.difference(test.difference, test.interval),
        wording.p_value(test.p),
        wording.p_value(adjusted[pair]) if pair in adjusted else "",
        _verdict(pair, test, adjusted),
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
        f"{', '.join(map(wording.share, accuracies))}; from the worst to the best "
        f"{100 * (max(accuracies) - min(accuracies)):.1f} points, standard deviation "
        f"{100 * statistics.stdev(accuracies):.1f}. The first alone would say "
        f"{wording.share(accuracies[0])} +- {50 * (first_high - first_low):.1f} points, all together say "
        f"+- {50 * (high - low):.1f}."
    )


def _costs(variants, measured):
    header = ("variant", "what it is", "accuracy", "CPU seconds", "wall seconds", "parameters", "commit")
    rows = [_cost(variant, measured.get(variant.name)) for variant in variants]
    cpu, wall = (sum(each.record[name] for each in measured.values()) for name in ("cpu_seconds", "seconds"))
    total = (
        f"In all {wording.whole(cpu)} CPU seconds: {cpu / 3600 / CORES:.1f} hours of {CORES} cores, "
        f"if both are busy all the time; the limit is {LIMIT_HOURS}. The wall times add up to "
        f"{wall / 3600:.1f} hours; other work on the machine is in them."
    )
    return f"{wording.table(header, rows)}\n\n{total}\n\n{COSTS}"


def _cost(variant, measured):
    if measured is None:
        return f"`{variant.name}`", variant.recipe.summary, "not trained yet", "", "", "", ""
    record = measured.record
    return (
        f"`{variant.name}`",
        variant.recipe.summary,
        wording.share(measured.answers.right.mean()),
        wording.whole(record["cpu_seconds"]),
        wording.whole(record["seconds"]),
        wording.whole(record["parameters"]),
        record["commit"] or "",
    )
