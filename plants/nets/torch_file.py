"""Tensors out of a legacy `torch.save` file, without PyTorch and without trusting the pickle.

Format (torch/serialization.py, `_legacy_save`): five pickles one after the other - a magic
number, the protocol version, the byte order and type sizes, the object itself, the storage
keys - then each storage in that order as an int64 count and its raw elements.
"""

import collections
import pickle
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from plants.errors import InputError

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
DTYPES: dict[str, np.dtype[Any]] = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Storage:
    """One flat array, filled after the pickles have been read."""

    def __init__(self, dtype: np.dtype[Any], size: int) -> None:
        self.dtype, self.size = dtype, size
        self.elements: npt.NDArray[Any] | None = None


Storages = dict[str, _Storage]  # by their key in the file


class _Tensor:
    """What the pickle says of a tensor; its numbers come later."""

    def __init__(
        self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
    ) -> None:
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self) -> npt.NDArray[Any]:
        """A read-only view of the storage; NumPy checks that it stays inside."""
        dtype, elements = self.storage.dtype, self.storage.elements
        if elements is None:  # NumPy would make a new array of whatever lies in memory
            raise pickle.UnpicklingError("a tensor's storage is missing")
        strides = [stride * dtype.itemsize for stride in self.strides]
        try:
            return np.ndarray(self.shape, dtype, elements, self.offset * dtype.itemsize, strides)
        except ValueError as error:
            raise pickle.UnpicklingError("a tensor reaches outside its storage") from error


def _rebuild_tensor(
    storage: Any,
    offset: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    grad: Any,
    hooks: Any,
    *_: Any,
) -> _Tensor:
    if not isinstance(storage, _Storage):
        raise pickle.UnpicklingError("a tensor without a storage")
    return _Tensor(storage, offset, shape, strides)


class _TensorUnpickler(pickle.Unpickler):
    """Knows four names and refuses every other: nothing in the file can make it call code."""

    KNOWN = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
        ("torch", "FloatStorage"): "FloatStorage",
        ("torch", "LongStorage"): "LongStorage",
    }

    def __init__(self, file: BinaryIO, storages: Storages) -> None:
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.KNOWN:
            raise pickle.UnpicklingError(f"it holds {f'{module}.{name}'!r}, and only tensors are read")
        return self.KNOWN[module, name]

    def persistent_load(self, pid: Any) -> _Storage:
        kind, storage_type, key, _location, size, view = pid
        if kind != "storage" or storage_type not in DTYPES or view is not None:
            raise pickle.UnpicklingError(f"it refers to {kind!r} of type {storage_type!r}, view {view!r}")
        return self._storages.setdefault(key, _Storage(DTYPES[storage_type], size))


def _fill(storage: _Storage, file: BinaryIO) -> None:
    count = int.from_bytes(file.read(8), "little")
    if count != storage.size:
        raise pickle.UnpicklingError(f"a storage of {storage.size} elements holds {count}")
    data = file.read(count * storage.dtype.itemsize)
    if len(data) < count * storage.dtype.itemsize:
        raise pickle.UnpicklingError("it is cut short")
    storage.elements = np.frombuffer(data, storage.dtype)


def _read(file: BinaryIO) -> dict[str, npt.NDArray[Any]]:
    storages: Storages = {}
    if _TensorUnpickler(file, storages).load() != MAGIC:
        raise pickle.UnpicklingError("the magic number of a legacy torch.save file is missing")
    if _TensorUnpickler(file, storages).load() != PROTOCOL:
        raise pickle.UnpicklingError(f"its protocol version is not {PROTOCOL}")
    system = _TensorUnpickler(file, storages).load()
    if system.get("little_endian") is not True:
        raise pickle.UnpicklingError("it was written on a big-endian machine")
    state = _TensorUnpickler(file, storages).load()
    if not isinstance(state, dict) or not all(isinstance(value, _Tensor) for value in state.values()):
        raise pickle.UnpicklingError("it is not a dict of tensors")
    for key in _TensorUnpickler(file, storages).load():
        _fill(storages[key], file)
    return {name: tensor.array() for name, tensor in state.items()}


def read_tensors(path: str | Path) -> dict[str, npt.NDArray[Any]]:
    """The state dict of a legacy `torch.save` file: read-only arrays, float32 or int64, by name.

    Raises InputError if the file cannot be opened, is cut short, or holds anything but
    tensors of those two types.
    """
    try:
        with open(path, "rb") as file:
            return _read(file)
    except OSError as error:
        raise InputError(f"cannot read the weights file {path}: {error.strerror}") from error
    except Exception as error:  # a pickle can fail in any way; all of them mean a bad file
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{path} is not a weights file of tensors in torch.save's legacy format: {reason}; "
            "install the package again or name another file"
        ) from error
