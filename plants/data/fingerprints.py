"""What an image is known by: the exact hash of its pixels and a perceptual one for near-copies."""

import hashlib

import imagehash
import numpy as np
from PIL import Image


def pixel_sha256(image):
    """The sha256, as 64 hex digits, of one decoded (h, w, 3) uint8 image's bytes in C order."""
    return hashlib.sha256(np.ascontiguousarray(image).data).hexdigest()


def perceptual_hash(image):
    """The 64-bit DCT hash of one (h, w, 3) uint8 RGB image, as 16 hex digits."""
    return str(imagehash.phash(Image.fromarray(image)))
