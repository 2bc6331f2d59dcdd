"""docs/near_copies.md, from the record in results/ and from nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from plants import files
from plants.data import (
    copy_groups,
    hash_search,
    likeness,
    moved_hashes,
    near_copies,
    registration,
)
from studies.near_copies import measuring

ROOT = Path(__file__).parents[2]
PATH, RECORD = ROOT / "docs" / "near_copies.md", ROOT / "results" / "near_copies.json"
TEMPLATE = Path(__file__).with_name("near_copies.md.j2")


def write() -> None:
    """Writes the document from the record."""
    text = render(files.read_json(RECORD))
    with files.whole_file(PATH) as partial:
        partial.write_text(text, encoding="utf-8")


def render(record: Mapping[str, Any]) -> str:
    """The document as text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE.parent),
        autoescape=False,  # Markdown, of nothing but our own words
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    kinds = record["kinds"]
    told = {name: kind for name, kind in kinds.items() if name not in measuring.WITHOUT_DETAIL}
    return environment.get_template(TEMPLATE.name).render(
        record=record,
        kinds=kinds,
        without_detail=measuring.WITHOUT_DETAIL,
        plants={name: _over_kinds(told, name) for name in next(iter(kinds.values()))["planted"]},
        recalls={name: _over_plants(kind) for name, kind in kinds.items()},
        rule=likeness,
        groups=copy_groups,
        search=hash_search,
        moved=moved_hashes,
        registration=registration,
        split=near_copies,
    )


def _over_plants(kind: Mapping[str, Any]) -> dict[str, float | str]:
    """Recall of all copies of one kind of picture, now and before, and the copies that are found least."""
    planted = kind["planted"]
    copies = sum(one["copies"] for one in planted.values())
    worst = min(planted, key=lambda name: planted[name]["found"])
    return {
        "now": sum(one["found"] for one in planted.values()) / copies,
        "before": sum(one["found_before"] for one in planted.values()) / copies,
        "worst": worst,
        "of_worst": planted[worst]["found"] / planted[worst]["copies"],
    }


def _over_kinds(kinds: Mapping[str, Any], name: str) -> dict[str, float | str]:
    """Recall of one way of copying over all kinds, now and before, and how alike most copies are."""
    planted = {kind: values["planted"][name] for kind, values in kinds.items()}
    copies = sum(one["copies"] for one in planted.values())
    return {
        "now": sum(one["found"] for one in planted.values()) / copies,
        "before": sum(one["found_before"] for one in planted.values()) / copies,
        "at_95": max(one["at_95"] for one in planted.values()),
    }
