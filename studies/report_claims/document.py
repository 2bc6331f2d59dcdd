"""docs/report_claims.md, from the records in results/claims and from nothing else."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from plants import paired
from studies import comparisons, page
from studies.records import Measurement
from studies.report_claims import claims, comparison_results
from studies.report_claims.claims import Claim
from studies.variant import Variant

TEMPLATE = Path(__file__).with_name("report_claims.md.j2")
LIMIT_HOURS = 6  # on CORES, for all variants
CORES = 2


def render(
    all_claims: Sequence[Claim], variants: Sequence[Variant], measured: Mapping[str, Measurement]
) -> str:
    """The document as text. `measured` has those variants that are trained, by name."""
    pairs = claims.comparisons(all_claims)
    noise = comparisons.noise_of(pairs, measured)
    results = comparisons.compare_all(pairs, measured, noise)
    return _template().render(
        claims=all_claims,
        variants=variants,
        baseline=variants[0].recipe,
        measured=measured,
        missing=page.missing(variants, measured),
        n=next((len(one.answers) for one in measured.values()), "(not yet measured)"),
        scores={name: one.answers.scores(one.class_names) for name, one in measured.items()},
        noise=noise,
        results=results,
        verdicts=comparison_results.verdicts(results),
        num_tests=sum(result.holm_p is not None for result in results.values()),
        level=paired.LEVEL,
        single_folds=comparison_results.single_folds(all_claims, measured),
        cpu_seconds=sum(one.record["cpu_seconds"] for one in measured.values()),
        wall_seconds=sum(one.record["seconds"] for one in measured.values()),
        cores=CORES,
        limit_hours=LIMIT_HOURS,
    )


_template = functools.cache(functools.partial(page.template, TEMPLATE))
