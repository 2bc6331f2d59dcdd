"""Labelled images in memory, read from the contest's zip, a folder of class folders or an .npz."""

import dataclasses
import functools
import hashlib
import os
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from plants import class_names
from plants.contests import contest as contests
from plants.contests.contest import Contest
from plants.data import class_folders, fingerprints, npz_file
from plants.data.contents import LAYOUT, Contents
from plants.errors import InputError

NAMED = 3  # images in a remark


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """Images with their labels; treat it as read-only, its hashes are computed once.

    `images` is (n, side, side, 3), RGB in [0, 255]; `labels`, (n,), index `class_names`, which are in
    the order of the `contest`, or of `class_names.in_order` where they are not its classes; `names` are like
    "Species1/00000.jpg"; `source` names for the reader where it all came from, and `place` is its path,
    None for images that were made; `remarks` are sentences on what was found in it, to be said once.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    class_names: tuple[str, ...]
    names: tuple[str, ...]
    source: str
    place: Path | None = None
    remarks: tuple[str, ...] = ()
    contest: Contest = dataclasses.field(default_factory=contests.default)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def side(self) -> int:
        """Pixels of a side of each image."""
        return int(self.images.shape[1])

    @functools.cached_property
    def pixel_sha256(self) -> tuple[str, ...]:
        """Of each image, the sha256 of its decoded pixels in hex."""
        return tuple(map(fingerprints.pixel_sha256, self.images))

    @functools.cached_property
    def perceptual_hashes(self) -> tuple[str, ...]:
        """Of each image, a 64-bit hash that near-copies share, in hex."""
        return tuple(map(fingerprints.perceptual_hash, self.images))

    @functools.cached_property
    def near_duplicate_groups(self) -> npt.NDArray[np.int64]:
        """Of each image, the number of its group of near-copies: see fingerprints.py."""
        return fingerprints.near_duplicate_groups(self.images, self.perceptual_hashes)

    @functools.cached_property
    def content_hash(self) -> str:
        """One sha256 in hex for images and classes, whatever the file names, order or container."""
        classes = (self.class_names[label] for label in self.labels)
        lines = sorted(f"{sha} {name}\n" for sha, name in zip(self.pixel_sha256, classes, strict=True))
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def subset(self, indices: npt.ArrayLike) -> "Dataset":
        """The images at `indices`, in that order; classes and source stay the same."""
        chosen = np.asarray(indices, dtype=np.int64)
        names = tuple(self.names[index] for index in chosen)
        return dataclasses.replace(self, images=self.images[chosen], labels=self.labels[chosen], names=names)


def load(path: str | Path) -> Dataset:
    """The dataset in the contest's zip, a folder of class folders, or an .npz of images and labels.

    Pictures that are there more than once, under different labels, are left out, and a remark says so.
    Raises InputError, naming the file and the remedy: see `class_folders` and `npz_file`.
    """
    path = Path(path).expanduser()
    if not os.path.exists(path):  # unlike Path.exists, False where the path cannot even be looked up
        what = "a link to nowhere" if os.path.islink(path) else "no such file or folder"
        raise InputError(f"{path}: {what}; {LAYOUT}")
    contents = class_folders.read_folder(path) if path.is_dir() else _read_archive(path)
    source = class_names.canonical(path.resolve().name)
    remarks = list(contents.remarks)
    if order := class_names.describe_numbers(contents.class_names):
        remarks.append(f"{source}: {order}")
    whole = Dataset(
        images=contents.images,
        labels=contents.labels,
        class_names=contents.class_names,
        names=contents.names,
        source=source,
        place=path.resolve(),
        remarks=tuple(remarks),
    )
    return _without_contradictions(whole)


def _read_archive(path: Path) -> Contents:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise InputError(f"{path}: not a zip, or a damaged one ({error}); {LAYOUT}") from None
    with archive:
        return (npz_file.read if npz_file.is_npz(archive) else class_folders.read_zip)(path, archive)


def _without_contradictions(dataset: Dataset) -> Dataset:
    """Without the pictures that two classes or more hold: of such copies no label can be believed.

    So no split, no fold and no score has them. Raises InputError where a class has no image but these.
    """
    _, picture = np.unique(dataset.pixel_sha256, return_inverse=True)
    pairs = np.unique(np.stack([picture, dataset.labels]), axis=1)  # one for each picture and label
    num_labels = np.bincount(pairs[0])
    dropped = np.flatnonzero(num_labels[picture] > 1)
    if not len(dropped):
        return dataset
    num_pictures, most = np.count_nonzero(num_labels > 1), num_labels.max()
    first = ", ".join(dataset.names[index] for index in dropped[:NAMED]) + ", ..." * (len(dropped) > NAMED)
    pictures = "1 picture is" if num_pictures == 1 else f"{num_pictures} pictures are"
    found = (
        f"{dataset.source}: {pictures} there {len(dropped)} times under "
        f"{'' if num_pictures == 1 else 'up to '}{most} labels ({first})"
    )
    kept = np.flatnonzero(num_labels[picture] == 1)
    counts = np.bincount(dataset.labels[kept], minlength=len(dataset.class_names))
    if not counts.all():
        name = dataset.class_names[counts.argmin()]
        raise InputError(
            f"{found}, and class {name} holds nothing else; expected each picture under one label: remove "
            "the wrong ones"
        )
    remark = f"{found}: no label of these can be believed, so they are left out of all that follows"
    return dataclasses.replace(dataset.subset(kept), remarks=(*dataset.remarks, remark))
