"""Which images a split keeps together, and what is said of it."""

import dataclasses

import numpy as np
import numpy.typing as npt

from plants.data.dataset import Dataset
from plants.recipes.recipe import NEAR_COPIES_ON

# A group that is larger and holds at least this share of a class is no group of copies.
MOST_COPIES, MOST_OF_A_CLASS = 20, 0.5


@dataclasses.dataclass(frozen=True)
class Crowd:
    """A group too large to be one of copies: its images, and how many of one class are among them."""

    images: int
    class_name: str
    of_class: int
    class_size: int


@dataclasses.dataclass(frozen=True, eq=False)
class KeptTogether:
    """`groups`, (n,), is a number for each image; images that share one stay in one split.

    `crowds` are groups of lookalikes of which only the exact copies are kept together.
    """

    groups: npt.NDArray[np.int64]
    crowds: tuple[Crowd, ...]

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Of the groups with more than one image."""
        sizes = np.unique(self.groups, return_counts=True)[1]
        return sizes[sizes > 1]


def kept_together(dataset: Dataset, near_copies: str = NEAR_COPIES_ON) -> KeptTogether:
    """Near-copies, or with near_copies="off" exact copies alone.

    A group of more than 20 images that holds half of a class or more is taken apart: images that are so
    many do look alike, but they are what there is to learn from.
    """
    exact = np.unique(dataset.pixel_sha256, return_inverse=True)[1]
    if near_copies != NEAR_COPIES_ON:
        return KeptTogether(exact, ())
    groups, crowds = dataset.near_duplicate_groups.copy(), []
    class_sizes = np.bincount(dataset.labels, minlength=len(dataset.class_names))
    for number in np.flatnonzero(np.bincount(groups) > MOST_COPIES):
        members = np.flatnonzero(groups == number)
        counts = np.bincount(dataset.labels[members], minlength=len(class_sizes))
        shares = counts / np.maximum(class_sizes, 1)
        if shares.max() < MOST_OF_A_CLASS or len(set(exact[members])) == 1:
            continue
        label = int(shares.argmax())
        name = dataset.class_names[label]
        crowds.append(Crowd(len(members), name, int(counts[label]), int(class_sizes[label])))
        groups[members] = len(dataset) + exact[members]
    return KeptTogether(groups, tuple(crowds))


def describe(dataset: Dataset, near_copies: str) -> list[str]:
    """Lines that say how many groups there are and how large, and which were taken apart."""
    if near_copies != NEAR_COPIES_ON:
        return ["near-copies: not looked for (near_copies=off); exact copies stay in one split"]
    kept = kept_together(dataset)
    lines = [
        f"near-copies: {crowd.images} images look like copies of one picture, {crowd.of_class} of the "
        f"{crowd.class_size} of {crowd.class_name} among them: too many to be kept in one split, so of these "
        "only exact copies are"
        for crowd in kept.crowds
    ]
    if not len(kept.sizes):
        return [*lines, f"near-copies: no groups among {len(dataset)} images"]
    groups = f"{len(kept.sizes)} group{'s' if len(kept.sizes) > 1 else ''} among {len(dataset)} images"
    return [
        *lines,
        f"near-copies: {groups}, the largest of {kept.sizes.max()}; each stays in one split",
    ]
