"""docs/report_claims.md, from the records in results/claims and from nothing else."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2

from plants import files, locks, paired
from plants.comparison import number_format
from studies.report_claims import comparison_results, describe, records
from studies.report_claims.claims import Claim, comparisons
from studies.report_claims.records import Measurement
from studies.report_claims.variants import Variant

PATH = Path(__file__).parents[2] / "docs" / "report_claims.md"
TEMPLATE = Path(__file__).with_name("report_claims.md.j2")
LIMIT_HOURS = 6  # on CORES, for all variants
CORES = 2


def write(all_claims: Sequence[Claim], variants: Sequence[Variant]) -> list[str]:
    """Writes the document from the records; returns the names of the variants that have none."""
    with locks.held(PATH.parent, wait=True):
        measured = records.read_all(records.FOLDER, variants)
        text = render(all_claims, variants, measured)
        with files.whole_file(PATH) as partial:
            partial.write_text(text, encoding="utf-8")
    return _missing(variants, measured)


def render(
    all_claims: Sequence[Claim], variants: Sequence[Variant], measured: Mapping[str, Measurement]
) -> str:
    """The document as text. `measured` has those variants that are trained, by name."""
    pairs = comparisons(all_claims)
    noise = comparison_results.noise_of(pairs, measured)
    results = comparison_results.compare_all(pairs, measured, noise)
    return _template().render(
        claims=all_claims,
        variants=variants,
        baseline=variants[0].recipe,
        measured=measured,
        missing=_missing(variants, measured),
        n=next((len(one.answers) for one in measured.values()), "(not yet measured)"),
        scores={name: one.answers.scores(one.class_names) for name, one in measured.items()},
        noise=noise,
        results=results,
        num_tests=sum(result.holm_p is not None for result in results.values()),
        level=paired.LEVEL,
        single_folds=comparison_results.single_folds(all_claims, measured),
        cpu_seconds=sum(one.record["cpu_seconds"] for one in measured.values()),
        wall_seconds=sum(one.record["seconds"] for one in measured.values()),
        cores=CORES,
        limit_hours=LIMIT_HOURS,
    )


def _missing(variants: Sequence[Variant], measured: Mapping[str, Measurement]) -> list[str]:
    return [variant.name for variant in variants if variant.name not in measured]


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE.parent),
        autoescape=False,  # Markdown, of nothing but our own words
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in ("share", "interval", "points", "difference", "whole"):
        environment.filters[name] = getattr(number_format, name)
    environment.filters["p_value"] = lambda p: "" if p is None else number_format.p_value(p)
    environment.filters["describe_recipe"] = describe.describe_recipe
    return environment.get_template(TEMPLATE.name)
