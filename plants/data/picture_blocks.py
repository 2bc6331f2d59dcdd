"""Pictures by blocks: how much each holds, and which of them count where a mark may lie on one."""

import numpy as np
import numpy.typing as npt

from plants.data.registration import Pictures

BLOCKS = 8  # across a picture


def by_blocks(values: Pictures) -> npt.NDArray[np.float32]:
    """The sums (m, BLOCKS**2) of (m, s, s) within blocks."""
    count, side = values.shape[:2]
    width = side // BLOCKS
    return values.reshape(count, BLOCKS, width, BLOCKS, width).sum(axis=(2, 4)).reshape(count, BLOCKS**2)


def over_pixels(kept: npt.NDArray[np.float32], valid: Pictures) -> Pictures:
    """`valid`, (m, s, s), 0 in blocks that do not count."""
    width = valid.shape[1] // BLOCKS
    return valid * kept.reshape(-1, BLOCKS, BLOCKS).repeat(width, axis=1).repeat(width, axis=2)


def contrast(gray: Pictures) -> Pictures:
    """The square of what each pixel of (m, s, s) is beside an even slope of light."""
    count, side = gray.shape[:2]
    line = np.arange(side, dtype=np.float32) - (side - 1) / 2
    slopes = np.stack([np.ones((side, side)), np.tile(line, (side, 1)), np.tile(line[:, None], (1, side))])
    basis = slopes.reshape(3, side**2).astype(np.float32)
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    flat = gray.reshape(count, side**2)
    return ((flat - (flat @ basis.T) @ basis) ** 2).reshape(count, side, side)


def _windows() -> npt.NDArray[np.float32]:
    """(windows, BLOCKS**2): 1 for the blocks that count. The first leaves out none.

    A mark is 2 x 2 blocks anywhere, or half a line of text at the upper or lower edge.
    """
    kept = [np.ones((BLOCKS, BLOCKS))]
    spans = [(row, 2) for row in range(BLOCKS - 1)] + [(0, 4), (BLOCKS - 2, 4)]
    for row, width in spans:
        for column in range(BLOCKS - width + 1):
            kept.append(np.ones((BLOCKS, BLOCKS)))
            kept[-1][row : row + 2, column : column + width] = 0
    return np.stack(kept).reshape(len(kept), BLOCKS**2).astype(np.float32)


KEPT = _windows()
