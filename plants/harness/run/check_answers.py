"""What predict returned: is it one class index per image?"""

import io
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from plants.harness.faults import Fault, fault, one_line

ADDRESS = re.compile(" at 0x[0-9a-f]+")
NUMBERS = ("int", "uint", "float", "bool")


def check(
    reply: dict[str, Any], payload: bytes, *, count: int, num_classes: int
) -> npt.NDArray[np.int64] | Fault:
    """The labels, (count,) in 0..num_classes-1, or the fault that rejects what is none.

    `reply` and `payload` are untrusted, as the child sent them: the answer as text and as .npy.
    """
    array = array_in(payload)
    if array is None:
        return _no_numbers(reply, num_classes)
    wrong = _shape_fault(array, count, num_classes) or _value_fault(array, num_classes)
    return wrong or array.astype(np.int64)


def array_in(payload: bytes) -> npt.NDArray[Any] | None:
    """The array in the .npy bytes, or None; never unpickles, never allocates more than was sent."""
    if not payload:
        return None
    file = io.BytesIO(payload)
    try:
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, dtype = read_header(file)
        if dtype.kind not in "biuf" or dtype.itemsize * int(np.prod(shape, dtype=object)) > len(payload):
            return None
        return np.load(io.BytesIO(payload), allow_pickle=False)
    except (ValueError, KeyError, EOFError, OverflowError, SyntaxError):
        return None


def _no_numbers(reply: dict[str, Any], num_classes: int) -> Fault:
    kind, sample = reply.get("type"), one_line(reply.get("sample"), limit=80)
    shape = reply.get("shape")
    if kind == "NoneType":
        return fault(
            "OUT01",
            "predict returned None (missing return).",
            remedy="Return the answers at the end of predict.",
        )
    if str(reply.get("dtype")).startswith(("str", "bytes")) and shape:
        return fault(
            "OUT04",
            f"predict returned text such as {sample}: classes are {_range(num_classes)}.",
            remedy="Return the class's index, counted from 0, not its name.",
        )
    if isinstance(shape, list) and shape and str(reply.get("dtype")).startswith(NUMBERS):
        # Too large to be sent.
        return fault("OUT03", f"predict returned {kind} of shape {tuple(shape)}.")
    if str(reply.get("dtype")).startswith("complex"):
        return fault("OUT01", f"predict returned complex numbers, such as {sample}.")
    sample = "" if ADDRESS.search(sample) else f", {sample}"  # which would say nothing, and never twice alike
    problem = f" ({one_line(reply['problem'], limit=200)})" if reply.get("problem") else ""
    return fault("OUT01", f"predict returned {kind}{sample}{problem}: not an array of numbers.")


def _range(num_classes: int) -> str:
    return f"0..{num_classes - 1}"


def _shape_fault(array: npt.NDArray[Any], count: int, num_classes: int) -> Fault | None:
    if array.ndim == 2 and array.shape[1] == num_classes:
        return fault("OUT02", f"Shape {array.shape}: {num_classes} numbers per image instead of one.")
    if array.ndim != 1:
        remedy = "Return tf.squeeze(answers, axis=-1)." if array.shape == (count, 1) else None
        return fault("OUT03", f"Shape {array.shape} instead of ({count},).", remedy=remedy)
    if len(array) != count:
        cause = "A last partial batch may be dropped." if 0 < len(array) < count else None
        return fault("OUT03", f"{len(array)} answers for {count} images.", cause=cause)
    return None


def _value_fault(array: npt.NDArray[Any], num_classes: int) -> Fault | None:
    if array.dtype.kind == "f":
        broken = np.count_nonzero(~np.isfinite(array))
        if broken:
            return fault(
                "OUT04",
                f"{broken} of {len(array)} answers are NaN or infinite: classes are {_range(num_classes)}.",
                remedy="Look for a division by zero or untrained weights; return class indices.",
            )
        fractions = array[array != np.floor(array)]
        if len(fractions):
            return fault(
                "OUT01",
                f"{len(fractions)} of {len(array)} answers are no whole numbers, such as {fractions[0]:g}.",
            )
    low, high = array.min(), array.max()
    if low >= 0 and high < num_classes:
        return None
    remedy = "Subtract 1." if low == 1 and high == num_classes else None
    return fault("OUT04", f"Values {low:g}..{high:g}: classes are {_range(num_classes)}.", remedy=remedy)
