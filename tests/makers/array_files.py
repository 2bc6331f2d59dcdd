"""Files of images and labels as NumPy stores them, whole and tampered with."""

import io
import zipfile

import numpy as np
from drawn_images import noise


def small_images(n, side=8):
    """(n, side, side, 3) bytes, no two images alike."""
    return np.stack([noise("small", i)[:side, :side] for i in range(n)])


def npz(path, **arrays):
    """An .npz of these arrays, as people write it."""
    np.savez(path, **arrays)
    return path


def stored(array):
    """The bytes of one array's file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def raw_npz(path, **entries):
    """An .npz whose files hold these bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(f"{name}.npy", content)
    return path


def head(description):
    """The head of an array's file, in format 1.0; `description` is the text of a dict."""
    text = description.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def object_array(pickled, shape="(6,)"):
    """The file of an array of objects whose pickle is `pickled`."""
    return head(f"{{'descr': '|O', 'fortran_order': False, 'shape': {shape}, }}") + pickled
