"""MixUp and CutMix: two images of a batch become one, and so do their labels. Drawn, then applied.

MixUp (Zhang et al. 2018, arXiv 1710.09412) blends the two; CutMix (Yun et al. 2019, arXiv
1905.04899) cuts a box out of the second and puts it into the first.
"""

import dataclasses

import numpy as np
import numpy.typing as npt


@dataclasses.dataclass(frozen=True)
class MixDraw:
    """What happens to each of n images; every array has n entries first."""

    partner: npt.NDArray[np.int64]  # (n,), index of the second image
    share: npt.NDArray[np.float64]  # (n,), of the first image in the label, 0..1
    box: npt.NDArray[np.int64] | None  # (n, 4): top, bottom, left, right of the second image's; MixUp: None


def draw(rng: np.random.Generator, n: int, kind: str, alpha: float, *, side: int) -> MixDraw:
    """Mixing for a batch of n images of `side` pixels; kind "either" is drawn once for the batch."""
    if kind == "either":
        kind = "mixup" if rng.random() < 0.5 else "cutmix"
    partner, share = rng.permutation(n), rng.beta(alpha, alpha, n)
    if kind == "mixup":
        return MixDraw(partner, share, None)
    half = np.sqrt(1 - share) * side / 2
    centre = rng.uniform(0, side, (2, n))  # row, column
    low, high = (np.clip(np.round(centre + sign * half), 0, side).astype(int) for sign in (-1, 1))
    box = np.stack([low[0], high[0], low[1], high[1]], axis=1)
    # What the border cut off the box counts for the first image again.
    area = (box[:, 1] - box[:, 0]) * (box[:, 3] - box[:, 2])
    return MixDraw(partner, 1 - area / side**2, box)


def apply_to_images(images: npt.NDArray[np.float32], drawn: MixDraw) -> npt.NDArray[np.float32]:
    """The mixed images (n, side, side, 3); `images` are not modified."""
    if drawn.box is None:
        return _blend(images, drawn)
    mixed = images.copy()
    for target, partner, (top, bottom, left, right) in zip(mixed, drawn.partner, drawn.box, strict=True):
        target[top:bottom, left:right] = images[partner, top:bottom, left:right]
    return mixed


def apply_to_labels(targets: npt.NDArray[np.float32], drawn: MixDraw) -> npt.NDArray[np.float32]:
    """The mixed label distributions (n, k), rows summing to 1 like those of `targets`."""
    return _blend(targets, drawn)


def _blend(values: npt.NDArray[np.float32], drawn: MixDraw) -> npt.NDArray[np.float32]:
    share = drawn.share.reshape(-1, *[1] * (values.ndim - 1)).astype(np.float32)
    return share * values + (1 - share) * values[drawn.partner]
