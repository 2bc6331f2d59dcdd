"""The two error rates: planted copies that are not found, and lookalikes that are taken for copies."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from plants.data import copy_groups, hash_search, likeness, registration
from plants.data.dataset import Dataset
from plants.data.fingerprints import near_duplicate_groups, perceptual_hash
from plants.runs import provenance
from studies.near_copies import before, lookalikes, planting

LOOKALIKES = 300  # pictures of each kind
PLANTED = 25  # of them, each copied in every way
SEED = 0
HASHES = 100_000  # of the search that is timed, 1 % of them in pairs
# Copies of pictures that show next to nothing cannot be told from other such pictures.
WITHOUT_DETAIL = ("plain",)
FAR = 9.99  # times a limit: no further

Images = npt.NDArray[np.uint8]  # (n, side, side, 3)
Grouping = Callable[[Images, list[str]], npt.NDArray[np.int64]]


def measure_all(photos: Dataset | None, *, say: Callable[[str], None]) -> dict[str, Any]:
    """The record of all kinds of pictures, and of the contest's, of which no pixel is kept."""
    kinds = {kind: lookalikes.pictures(kind, LOOKALIKES, SEED) for kind in lookalikes.KINDS}
    if photos is not None:
        kinds["contest"] = photos.images
    record: dict[str, Any] = {"versions": provenance.versions(), "kinds": {}}
    for kind, images in kinds.items():
        start = time.perf_counter()
        record["kinds"][kind] = measure(images)
        say(f"{kind}: {time.perf_counter() - start:.0f} s")
    return record | {"search": time_search()}


def measure(images: Images) -> dict[str, Any]:
    """Both rates of one kind, by the rule as it is and as it was before."""
    hashes = [perceptual_hash(image) for image in images]
    chosen = np.random.default_rng(SEED).permutation(len(images))[:PLANTED]
    start = time.perf_counter()
    groups = near_duplicate_groups(images, hashes)
    seconds = time.perf_counter() - start
    return {
        "pictures": len(images),
        "pairs": len(images) * (len(images) - 1) // 2,
        "merged": merged_pairs(groups),
        "merged_before": merged_pairs(before.near_duplicate_groups(images, hashes)),
        "largest": int(np.bincount(groups).max()),
        "seconds": round(seconds, 2),
        "closest": closest(images, hashes),
        "planted": recall(images, hashes, chosen),
    }


def merged_pairs(groups: npt.NDArray[np.int64]) -> int:
    """How many pairs of pictures share a group."""
    sizes = np.bincount(groups)
    return int((sizes * (sizes - 1) // 2).sum())


def closest(images: Images, hashes: list[str]) -> dict[str, float]:
    """Of lookalikes: how many pairs are candidates, and how near the nearest pair comes to the limits."""
    pairs = copy_groups.candidates(images, hash_search.codes_of(hashes))
    thumbnails = registration.thumbnails(images)
    worst = beyond(likeness.compare(thumbnails, thumbnails, pairs))
    return {"candidates": len(pairs), "nearest": round(float(worst.min(initial=FAR)), 2)}


def beyond(found: likeness.Likeness) -> npt.NDArray[np.float64]:
    """Of (m,) pairs, the largest of the three measures in shares of its limit: up to 1 they are copies."""
    limits = (likeness.MOST_MISPLACED, likeness.MOST_LEFT, likeness.MOST_TINT)
    measures = (found.misplaced, found.left, found.tint)
    shares = [measure / limit for measure, limit in zip(measures, limits, strict=True)]
    return np.minimum(np.max(shares, axis=0), FAR)


def recall(images: Images, hashes: list[str], chosen: npt.NDArray[np.int64]) -> dict[str, dict[str, float]]:
    """Of each way of copying, how many copies of the chosen pictures share a group with them.

    `at_95`: 95 % of the copies are nearer to their pictures, in shares of the limits.
    """
    copies = [
        plant(images[index], np.random.default_rng([SEED, index]))
        for plant in planting.PLANTS.values()
        for index in chosen
    ]
    together = np.concatenate([images, np.stack(copies)])
    all_hashes = [*hashes, *map(perceptual_hash, copies)]
    pairs = np.stack([np.tile(chosen, len(planting.PLANTS)), len(images) + np.arange(len(copies))], axis=1)
    thumbnails = registration.thumbnails(together)
    apart = beyond(likeness.compare(thumbnails, thumbnails, pairs)).reshape(-1, len(chosen))

    def found(grouping: Grouping) -> list[int]:
        groups = grouping(together, all_hashes)
        return (groups[pairs[:, 0]] == groups[pairs[:, 1]]).reshape(-1, len(chosen)).sum(axis=1).tolist()

    now, then = found(near_duplicate_groups), found(before.near_duplicate_groups)
    at_95 = np.quantile(apart, 0.95, axis=1).round(2).tolist()
    return {
        name: {"copies": len(chosen), "found": now[row], "found_before": then[row], "at_95": at_95[row]}
        for row, name in enumerate(planting.PLANTS)
    }


def time_search() -> dict[str, float]:
    """Seconds for the search over HASHES random hashes, 1 % of them in pairs, and over as many equal ones."""
    dice = np.random.default_rng(SEED)
    codes = dice.integers(0, 2**64, HASHES, dtype=np.uint64)
    pairs = HASHES // 200
    codes[:pairs] = codes[pairs : 2 * pairs] ^ np.uint64(0b10011)
    return {"hashes": HASHES, "seconds": _seconds(codes), "seconds_equal": _seconds(np.zeros_like(codes))}


def _seconds(codes: hash_search.Codes) -> float:
    hashes = [f"{code:016x}" for code in codes.tolist()]
    start = time.perf_counter()
    hash_search.near_hashes(hashes, hashes)
    return round(time.perf_counter() - start, 2)
