"""Fills the page's template: everything that comes from a zip is escaped there, by default."""

import datetime
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2

from plants import files
from plants.harness.profiles import Profile
from plants.harness.report import mistakes, views
from plants.harness.verdict import Verdict

FOLDER = Path(__file__).parent


def write(path: Path, verdicts: Sequence[Verdict], profile: Profile) -> None:
    """Writes the one page on all of them, whole or not at all. Raises OSError."""
    text = render(verdicts, profile)
    with files.whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def render(verdicts: Sequence[Verdict], profile: Profile) -> str:
    """The page as text."""
    return (
        _environment()
        .get_template("page.html")
        .render(
            entries=[_entry(verdict, alone=len(verdicts) == 1) for verdict in verdicts],
            profile=profile,
            style=(FOLDER / "page.css").read_text(encoding="utf-8"),
            written=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        )
    )


def _entry(verdict: Verdict, *, alone: bool) -> dict[str, Any]:
    """What the template shows of one zip: its record, and the images of its worst mistakes."""
    record, answered = verdict.to_dict(), verdict.answered
    if not record["n"] or answered is None:
        return {"record": record, "mistakes": [], "wrong": 0}
    return {
        "record": record,
        "mistakes": mistakes.worst(answered, most=mistakes.SHOWN if alone else mistakes.SHOWN_OF_SEVERAL),
        "wrong": int((answered.labels != answered.answers).sum()),
    }


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=views.plain,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in ("megabytes", "percent", "points", "score", "seconds", "short"):
        environment.filters[name] = getattr(views, name)
    environment.globals["views"] = views
    return environment
