"""Decides where the images come from: --data, the environment, the contest's place, or the sample."""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path

from plants.contests import contest as contests
from plants.contests.contest import Contest
from plants.data.contest_fit import Demand, fit
from plants.data.dataset import Dataset, load
from plants.data.sample.generate import generate_sample
from plants.errors import InputError

VARIABLE = "CHALLENGE_DATA"


def open_training_data(
    data: str | Path | None, contest: str | None, *, announce: Callable[[str], None] = print
) -> Dataset:
    """The images to train on for the contest of a name or file, or where None was named.

    Raises InputError as `open_dataset` does, and if they are not the named contest's.
    """
    demand: Demand = "none" if contest is None else "all"
    return open_dataset(data, contests.by_name(contest), demand=demand, announce=announce)


def open_dataset(
    data: str | Path | None = None,
    contest: Contest | None = None,
    *,
    demand: Demand = "none",
    announce: Callable[[str], None] = print,
) -> Dataset:
    """The images of `data`, else of $CHALLENGE_DATA, else where the contest has them, else the sample.

    Without a `contest` it is the one where nothing is said; see `contest_fit.fit` for `demand`.
    `announce` is called with each remark on the images, and with one line if it is the sample. Raises
    InputError as `load` and `fit` do.
    """
    contest = contest or contests.default()
    dataset = _found(data, contest, demand)
    if dataset is None:
        absent = "".join(f", no {path.parent.name}/{path.name}" for path in contest.data[:1])
        announce(f"No --data, no ${VARIABLE}{absent}: using the generated sample.")
        return fit(generate_sample(), contest, demand)
    _announce_remarks(dataset, announce)
    return dataset


def _announce_remarks(dataset: Dataset, announce: Callable[[str], None]) -> None:
    for remark in dataset.remarks:
        announce(remark)


def _found(data: str | Path | None, contest: Contest, demand: Demand) -> Dataset | None:
    """The images of `data`, else of $CHALLENGE_DATA, else where the contest has them, else None."""
    if data is not None:
        return fit(load(data), contest, demand)
    if os.environ.get(VARIABLE):
        try:
            return fit(load(os.environ[VARIABLE]), contest, demand)
        except InputError as error:
            raise InputError(f"${VARIABLE}: {error}; or unset the variable") from None
    for path in contest.data:
        if os.path.lexists(path):  # a link to nowhere is a mistake to be told of
            return fit(load(path), contest, demand)
    return None


def open_contest_data(data: str | Path | None = None) -> Dataset:
    """As `open_dataset`, but InputError instead of the sample, and for images of other classes."""
    contest = contests.default()
    images = _found(data, contest, "none")
    if images is None:
        raise InputError(
            f"no --data, no ${VARIABLE} and nothing in data/, only the generated sample: expected the "
            f"contest's data; name it with --data, set ${VARIABLE}, or put it into data/"
        )
    _announce_remarks(images, functools.partial(print, file=sys.stderr))
    if images.class_names != contest.classes:
        raise InputError(
            f"{images.source}: the classes are {', '.join(images.class_names)}, expected those of the "
            f"contest's data, {contest.classes[0]} to {contest.classes[-1]}: name that with --data"
        )
    return images
