"""What a zip of ours says of itself, for as far as it can be believed."""

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

from plants import class_names
from plants.contests import contest as contests
from plants.contests.contest import Contest
from plants.errors import InputError
from plants.harness.checks.archive import Archive

LIMIT = 64 << 20  # bytes
SHA256 = re.compile(r"[0-9a-f]{64}")
PERCEPTUAL = re.compile(r"[0-9a-f]{16}")


class OtherData(InputError):
    """The data has a class or a size that the zip does not know; it may well fit another zip."""


@dataclasses.dataclass(frozen=True)
class Manifest:
    """The fields of manifest.json that scoring uses. `holdout` and `near_copies` are the recipe's: 0 kept
    nothing back, "off" only exact copies together.

    `training_images` maps the sha256 of pixels to the perceptual hash, "" where that is not given;
    `validation` is (number of images, accuracy), or None where nothing was validated on; `contest` is the
    one it was built for, and `image_side` the pixels of a side that its images must have, None if not told.
    """

    class_names: tuple[str, ...]
    split_hash: str
    split_seed: int
    holdout: float
    training_images: dict[str, str]
    validation: tuple[int, float] | None = None
    contest: Contest = dataclasses.field(default_factory=contests.default)
    image_side: int | None = None
    near_copies: str = "on"


def read(archive: Archive) -> tuple[Manifest | None, list[str]]:
    """The Manifest and notes; None for a zip without manifest.json, or with one that is not ours."""
    if "manifest.json" not in archive.files:
        return None, ["no manifest.json: whether scored images were trained on is not known"]
    text = archive.read("manifest.json", LIMIT)
    try:
        return _parse(json.loads(text or b"")), []
    except (ValueError, TypeError, KeyError, RecursionError):
        return None, ["manifest.json is not one of build_submission.py: scored as if without"]


def _parse(value: dict[str, Any]) -> Manifest:
    split = value["split"]
    names = [class_names.canonical(_printable(name)) for name in _typed(value["class_names"], list)]
    hashes = _typed(value["training_images"]["pixel_sha256"], list)
    if value["format"] != 1 or len(names) < 2 or len(set(names)) < len(names):
        raise ValueError
    return Manifest(
        class_names=tuple(names),
        split_hash=_typed(split["hash"], str),
        split_seed=_typed(split["seed"], int),
        holdout=_typed(split["holdout"], int, float),
        training_images=dict(_trained_on(hashes, value["training_images"].get("perceptual_hash"))),
        validation=_validation(value.get("scores")),
        contest=_contest(value),
        image_side=_side(value.get("image_shape")),
        near_copies=_typed(split.get("near_copies", "on"), str),
    )


def _side(shape: Any) -> int | None:
    """Of images (side, side, 3); None where the shape is not told."""
    if shape is None:
        return None
    side, *_ = _typed(shape, list)  # ValueError without any
    return int(_typed(side, int))


def _contest(value: dict[str, Any]) -> Contest:
    """Zips from before there were several were built for the first one; of another form it is not ours."""
    if "contest" not in value:
        return contests.default()
    try:
        return contests.from_dict(value["contest"])
    except InputError as error:
        raise ValueError from error


def _printable(name: Any) -> str:
    if not _typed(name, str).isprintable():  # it is printed as it is
        raise ValueError
    return str(name)


def _trained_on(hashes: list[Any], perceptual: Any) -> Iterator[tuple[str, str]]:
    """(sha256, perceptual hash or "") of each image; the second list is left out, or as long as the first."""
    perceptual = [""] * len(hashes) if perceptual is None else _typed(perceptual, list)
    for sha, near in zip(hashes, perceptual, strict=True):
        if SHA256.fullmatch(sha):
            yield sha, near if PERCEPTUAL.fullmatch(near) else ""


def _validation(scores: dict[str, Any] | None) -> tuple[int, float] | None:
    validation = scores["validation"] if scores else None
    if validation is None:
        return None
    count, accuracy = _typed(validation["n"], int), _typed(validation["accuracy"], int, float)
    if not (count > 0 and 0 <= accuracy <= 1):
        raise ValueError
    return count, float(accuracy)


def _typed(value: Any, *kinds: type) -> Any:
    if type(value) not in kinds:
        raise TypeError
    return value
