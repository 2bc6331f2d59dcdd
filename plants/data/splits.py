"""The fixed split into training, validation and test split: a function of the images' content."""

import dataclasses
import hashlib

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold

from plants.data.dataset import Dataset
from plants.data.near_copies import kept_together
from plants.errors import InputError
from plants.recipes.recipe import HOLDOUT, NEAR_COPIES_ON

NAMES = ("training", "validation", "held_out")  # as the hash of a split knows them


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """Which images are for what: sorted (n,) indices, disjoint. `held_out` is the test split.

    `hash` is a sha256 in hex of which image (by its pixels) lies where: two splits with one hash
    divide the same images alike, whatever the images' names and order. `near_copies` is the recipe's: whether
    they, too, stay together.
    """

    training: npt.NDArray[np.int64]
    validation: npt.NDArray[np.int64]
    held_out: npt.NDArray[np.int64]
    seed: int
    hash: str
    near_copies: str = NEAR_COPIES_ON


def split(dataset: Dataset, seed: int = 0, near_copies: str = NEAR_COPIES_ON) -> Split:
    """70 % training, 15 % validation, 15 % test split of each class; near-copies stay together, unless "off".

    The share is that of recipes that hold out, HOLDOUT; validation gets as much.
    Raises InputError if a class is too small to have an image in each.
    """
    name_of = np.full(len(dataset), "training", dtype=object)
    for label, groups in _groups_by_class(dataset, near_copies).items():
        wanted = max(1, round(HOLDOUT * np.count_nonzero(dataset.labels == label)))
        free = {"held_out": wanted, "validation": wanted}
        for group in sorted(groups, key=lambda group: _rank(dataset, group, seed)):
            # First fit: a group too large for what is left of one goes to the next one.
            name = next((name for name in free if len(group) <= free[name]), None)
            if name:
                free[name] -= len(group)
                name_of[group] = name
    _refuse_small_classes(dataset, name_of)
    return _split(dataset, name_of, seed, near_copies)


def without_holdout(dataset: Dataset, seed: int = 0, near_copies: str = NEAR_COPIES_ON) -> Split:
    """Every image is trained on; validation and test split are empty."""
    return _split(dataset, np.full(len(dataset), "training", dtype=object), seed, near_copies)


def split_into_folds(dataset: Dataset, fixed: Split, count: int) -> list[Split]:
    """Training and validation of a split in `count` folds: for each, a Split that validates on it.

    Stratified by class, near-copies in one fold if `fixed` keeps them together; the test split, the seed and
    the hash are those of `fixed`. Fixed by the images' content and the split's seed.
    Raises InputError if a class has fewer images than folds.
    """
    development = np.concatenate([fixed.training, fixed.validation])
    numbers = kept_together(dataset, fixed.near_copies).groups
    # In the order of their content, so that the images' names and order do not matter.
    development = np.array(sorted(development, key=lambda index: _identity(dataset, index)))
    groups, first = np.unique(numbers[development], return_index=True)
    labels = dataset.labels[development[first]]
    _refuse_more_folds_than_images(dataset, labels, count)
    order = np.argsort(first)
    splitter = StratifiedKFold(count, shuffle=True, random_state=fixed.seed)
    made: list[Split] = []
    for _, chosen in splitter.split(order, labels[order]):
        mine = np.isin(numbers[development], groups[order[chosen]])
        made.append(
            dataclasses.replace(
                fixed, training=np.sort(development[~mine]), validation=np.sort(development[mine])
            )
        )
    return made


def _refuse_more_folds_than_images(dataset: Dataset, labels: npt.NDArray[np.int64], count: int) -> None:
    counts = np.bincount(labels, minlength=len(dataset.class_names))
    if counts.min() < count:
        name = dataset.class_names[counts.argmin()]
        raise InputError(
            f"{dataset.source}: {count} folds, but class {name} has only {counts.min()} images that are no "
            f"near-copies in the development part; expected at most {counts.min()} folds"
        )


def _groups_by_class(dataset: Dataset, near_copies: str) -> dict[int, list[npt.NDArray[np.int64]]]:
    """Label -> indices of near-copies. A group across classes counts as its first image's."""
    numbers = kept_together(dataset, near_copies).groups
    by_class: dict[int, list[npt.NDArray[np.int64]]] = {i: [] for i in range(len(dataset.class_names))}
    for number in np.unique(numbers):
        group = np.flatnonzero(numbers == number)
        by_class[dataset.labels[min(group, key=lambda index: _identity(dataset, index))]].append(group)
    return by_class


def _identity(dataset: Dataset, index: np.integer) -> tuple[str, int]:
    return dataset.pixel_sha256[index], dataset.labels[index]


def _rank(dataset: Dataset, group: npt.NDArray[np.int64], seed: int) -> str:
    """A group's place in its class's queue: as good as random, but a function of content and seed."""
    first = min(dataset.pixel_sha256[index] for index in group)
    return hashlib.sha256(f"{seed}/{first}".encode()).hexdigest()


def _refuse_small_classes(dataset: Dataset, name_of: npt.NDArray[np.object_]) -> None:
    for label, name in enumerate(dataset.class_names):
        mine = name_of[dataset.labels == label]
        if len(set(mine)) < len(NAMES):
            raise InputError(
                f"{dataset.source}: class {name} has too few images to split ({len(mine)}); expected at "
                f"least {len(NAMES)} that are no near-copies of each other: add images or remove the class"
            )


def _split(dataset: Dataset, name_of: npt.NDArray[np.object_], seed: int, near_copies: str) -> Split:
    lines = sorted(f"{sha} {name}\n" for sha, name in zip(dataset.pixel_sha256, name_of, strict=True))
    return Split(
        **{name: np.flatnonzero(name_of == name) for name in NAMES},
        seed=seed,
        hash=hashlib.sha256("".join(lines).encode()).hexdigest(),
        near_copies=near_copies,
    )
