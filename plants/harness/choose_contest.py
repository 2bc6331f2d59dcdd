"""For which contest zips are judged: what was asked for, or what their manifests say."""

import contextlib
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from plants.contests import contest as contests
from plants.contests.contest import Contest
from plants.errors import InputError
from plants.harness.checks import read_manifest
from plants.harness.checks.archive import UNREADABLE, sort_out
from plants.harness.checks.read_manifest import Manifest

if TYPE_CHECKING:  # it takes a second to import, which `score.py --check` does not have
    from plants.data.contest_fit import Demand

ENTRIES_READ = 10_000  # in a zip; one of more is rejected for it anyway


class Chosen(NamedTuple):
    """A contest, and what the images have to share with it."""

    contest: Contest
    demand: "Demand"


def choose(asked: str | None, paths: Iterable[Path]) -> Chosen:
    """The contest of a name or file, else the one that the zips at `paths` were built for.

    Zips that do not say have no say; where none does, it is the one where nothing is said. Raises
    InputError if they are of several, since one data set and one server cannot fit them.
    """
    if asked is not None:
        return Chosen(contests.by_name(asked), "some")
    told = [(path, manifest) for path in paths if (manifest := manifest_of(path))]
    of_zips = {manifest.contest: path for path, manifest in told}
    if len(of_zips) > 1:
        named = sorted((contest.name, str(path)) for contest, path in of_zips.items())
        shown = ", ".join(f"{path} for {name}" for name, path in named) + contests.difference(of_zips)
        raise InputError(
            f"the zips were built for different contests ({shown}): judge them one by one, or name one with "
            "--contest"
        )
    contest = next(iter(of_zips), contests.default())
    knows = [contest.order_of(manifest.class_names) is not None for _, manifest in told]
    return Chosen(contest, "known" if knows and all(knows) else "none")


def manifest_of(path: Path) -> Manifest | None:
    """The manifest of a zip, if it has one of ours that can be read."""
    with contextlib.suppress(*UNREADABLE), zipfile.ZipFile(path) as opened:
        if len(opened.infolist()) <= ENTRIES_READ:
            return read_manifest.read(sort_out(opened))[0]
    return None
