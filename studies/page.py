"""The document of a study: a template, filled from its records and from nothing else."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import jinja2

from plants import files, locks
from plants.comparison import number_format
from studies import describe, records
from studies.records import Measurement
from studies.variant import Variant

Render = Callable[[Sequence[Variant], Mapping[str, Measurement]], str]


def write(path: Path, results: Path, variants: Sequence[Variant], render: Render) -> list[str]:
    """Writes the document from the records in `results`; returns the names of the variants without one."""
    with locks.held(path.parent, wait=True):
        measured = records.read_all(results, variants)
        text = render(variants, measured)
        with files.whole_file(path) as partial:
            partial.write_text(text, encoding="utf-8")
    return missing(variants, measured)


def missing(variants: Sequence[Variant], measured: Mapping[str, Measurement]) -> list[str]:
    """The names of the variants that are not trained."""
    return [variant.name for variant in variants if variant.name not in measured]


def template(path: Path) -> jinja2.Template:
    """A template in Markdown; its filters are the forms of figures in `number_format`."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
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
    return environment.get_template(path.name)
