"""The perceptual hash of pictures as if the camera had been moved a little.

Three pixels of shift change about 8 of the 64 bits, as many as other pictures may. So a copy is looked
for under the hashes of the moved picture too: one of them is at most a pixel away.
"""

import numpy as np
import numpy.typing as npt
import scipy.fft
from PIL import Image

from plants.data.hash_search import HASH_BITS, Codes
from plants.data.registration import Images

MOVE = 2 / 96  # of the side
# Half of the eight directions: a copy moved the other way finds the picture by its own moves.
HALF = ((0, 1), (1, 0), (1, 1), (1, -1))
ALL = (*HALF, *((-down, -across) for down, across in HALF))
GRID = 32  # as ImageHash: pixels of the picture that is hashed, and HASH_GRID waves of it each way
HASH_GRID = 8
PLACES = np.uint64(1) << np.arange(HASH_BITS - 1, -1, -1).astype(np.uint64)


def moved_codes(images: Images, move: tuple[int, int]) -> Codes:
    """The hashes, (n,), of n images (h, w, 3) seen `move` times MOVE of their side further down and right."""
    small = np.stack([_moved(image, *move) for image in images]).astype(np.float64)
    waves = scipy.fft.dctn(small, axes=(1, 2))[:, :HASH_GRID, :HASH_GRID].reshape(-1, HASH_BITS)
    return (waves > np.median(waves, axis=1, keepdims=True)) @ PLACES


def _moved(image: npt.NDArray[np.uint8], down: int, across: int) -> npt.NDArray[np.uint8]:
    """(32, 32) gray, the border repeated."""
    height, width = image.shape[:2]
    border = int(np.ceil(MOVE * max(height, width)))
    padded = np.pad(image, ((border, border), (border, border), (0, 0)), mode="edge")
    left, top = border + across * MOVE * width, border + down * MOVE * height
    box = (left, top, left + width, top + height)
    gray = Image.fromarray(padded).convert("L")
    return np.asarray(gray.resize((GRID, GRID), Image.Resampling.LANCZOS, box=box))
