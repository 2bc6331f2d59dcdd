"""A dataset's classes get the numbers that the contest's server counts them by."""

import dataclasses
from typing import Literal

import numpy as np

from plants.contests.contest import Contest
from plants.data.dataset import Dataset

# What a dataset has to share with a contest: all classes and the side of the images, as a training needs;
# some classes and that side, as a score does; or nothing, since it is known from a zip, which will be held
# against the dataset, or since no contest was named at all.
Demand = Literal["all", "some", "known", "none"]


def fit(dataset: Dataset, contest: Contest, demand: Demand = "none") -> Dataset:
    """The dataset as one of the contest: its classes in the contest's order.

    Where the contest was named, or is known, numbers from 0 as names stand for its classes. Classes that are
    not the contest's keep their order if nothing is demanded, and so do those of images that were made:
    the generated sample stands in for any contest. Raises InputError if the demand is not met.
    """
    names = dataset.class_names
    if demand != "none" and dataset.place:
        names = _named(names, contest)
        if demand != "known":
            contest.refuse_unfit(names, dataset.side, whose=dataset.source, complete=demand == "all")
    order = contest.order_of(names)
    if order is None:
        return dataclasses.replace(dataset, contest=contest)
    number = np.array([order.index(name) for name in names])
    return dataclasses.replace(dataset, labels=number[dataset.labels], class_names=order, contest=contest)


def _named(names: tuple[str, ...], contest: Contest) -> tuple[str, ...]:
    """The contest's names for classes that are called by their numbers; other names as they are."""
    if contest.order_of(names) or not all(name.isascii() and name.isdigit() for name in names):
        return names
    numbers = [int(name) for name in names]
    if len(set(numbers)) < len(numbers) or max(numbers) >= len(contest.classes):
        return names
    return tuple(contest.classes[number] for number in numbers)
