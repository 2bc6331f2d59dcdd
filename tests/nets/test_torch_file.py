"""Weights files: tensors as PyTorch lays them out, and nothing else whatever the pickle says.

The files are written here as `torch.save` writes its legacy format, with stand-ins for its modules.
"""

import collections
import os
import pickle
import sys
import types
import zipfile

import numpy as np
import pytest

from plants.errors import InputError
from plants.nets import lite
from plants.nets.torch_file import MAGIC, PROTOCOL, read_tensors

LITTLE_ENDIAN = {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {"int": 4, "long": 4}}


class Call:
    """Pickles as the call `function(*arguments)`, which the reader of the pickle makes."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


class Storage:
    """A flat array that pickles as a reference; its elements follow the pickles."""

    def __init__(self, key, elements, **changes):
        self.elements, kind = elements, {"f": "FloatStorage", "i": "LongStorage"}[elements.dtype.kind]
        self.reference = dict(
            kind="storage", type=kind, key=key, location="cpu", size=len(elements), view=None
        )
        self.reference |= changes


class Pickler(pickle.Pickler):
    def persistent_id(self, thing):
        if isinstance(thing, Storage):
            reference = thing.reference
            return tuple({**reference, "type": getattr(sys.modules["torch"], reference["type"])}.values())
        return None


@pytest.fixture(autouse=True)
def torch(monkeypatch):
    """Modules by whose names the pickles refer to torch; they are no part of what is read."""
    modules = {name: types.ModuleType(name) for name in ("torch", "torch._utils")}
    for name in ("FloatStorage", "LongStorage", "HalfStorage"):
        setattr(modules["torch"], name, type(name, (), {"__module__": "torch"}))

    def rebuild():
        raise NotImplementedError("it is only ever named")

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    modules["torch._utils"]._rebuild_tensor_v2 = rebuild
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return modules["torch"]


def tensor(storage, shape, strides, *, offset=0):
    """What `torch.save` pickles for a tensor."""
    rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
    return Call(rebuild, storage, offset, shape, strides, False, collections.OrderedDict())


def save(path, state, *storages, magic=MAGIC, protocol=PROTOCOL, system=LITTLE_ENDIAN):
    """Writes `state` and its storages as torch.save does with its zip format off."""
    with open(path, "wb") as file:
        keys = [storage.reference["key"] for storage in storages]
        for part in (magic, protocol, system, state, keys):
            Pickler(file, protocol=2).dump(part)
        for storage in storages:
            file.write(len(storage.elements).to_bytes(8, "little"))
            file.write(storage.elements.tobytes())
    return path


def floats(count, **changes):
    """A storage of 0, 1, 2, ... as float32."""
    return Storage("floats", np.arange(count, dtype="<f4"), **changes)


def assert_refused(path, reason):
    """The file is refused for this reason, in one line that names it."""
    with pytest.raises(InputError, match=reason) as caught:
        read_tensors(path)
    assert str(caught.value).startswith(f"{path} is not a weights file")
    assert "\n" not in str(caught.value)


def test_rows_are_read_as_they_lie(tmp_path):
    storage = floats(6)
    tensors = read_tensors(save(tmp_path / "w.pth", {"a.weight": tensor(storage, (2, 3), (3, 1))}, storage))
    assert list(tensors) == ["a.weight"]
    assert tensors["a.weight"].dtype == np.float32
    np.testing.assert_array_equal(tensors["a.weight"], [[0, 1, 2], [3, 4, 5]])


def test_a_transposed_tensor_is_read_by_its_strides(tmp_path):
    storage = floats(6)
    tensors = read_tensors(save(tmp_path / "w.pth", {"t": tensor(storage, (3, 2), (1, 3))}, storage))
    np.testing.assert_array_equal(tensors["t"], [[0, 3], [1, 4], [2, 5]])


def test_an_offset_and_a_step_pick_every_second_element(tmp_path):
    storage = floats(8)
    tensors = read_tensors(save(tmp_path / "w.pth", {"t": tensor(storage, (3,), (2,), offset=3)}, storage))
    np.testing.assert_array_equal(tensors["t"], [3, 5, 7])


def test_tensors_share_a_storage(tmp_path):
    storage = floats(4)
    state = {"first": tensor(storage, (2,), (1,)), "last": tensor(storage, (2,), (1,), offset=2)}
    tensors = read_tensors(save(tmp_path / "w.pth", state, storage))
    np.testing.assert_array_equal(tensors["first"], [0, 1])
    np.testing.assert_array_equal(tensors["last"], [2, 3])


def test_int64_beside_float32_each_from_its_own_storage(tmp_path):
    counts = Storage("counts", np.array([7, 2**40], "<i8"))
    weights = floats(1)
    state = {"counts": tensor(counts, (2,), (1,)), "weights": tensor(weights, (1,), (1,))}
    tensors = read_tensors(save(tmp_path / "w.pth", state, weights, counts))
    assert tensors["counts"].dtype == np.int64
    np.testing.assert_array_equal(tensors["counts"], [7, 2**40])
    np.testing.assert_array_equal(tensors["weights"], [0])


def test_a_tensor_without_axes_is_one_number(tmp_path):
    storage = floats(3)
    tensors = read_tensors(save(tmp_path / "w.pth", {"n": tensor(storage, (), (), offset=2)}, storage))
    assert tensors["n"].shape == ()
    assert tensors["n"] == 2


def test_a_tensor_without_elements_is_empty(tmp_path):
    storage = floats(0)
    tensors = read_tensors(save(tmp_path / "w.pth", {"none": tensor(storage, (0, 3), (3, 1))}, storage))
    assert tensors["none"].shape == (0, 3)


def test_an_ordered_dict_with_attributes_is_read_as_torch_modules_save_it(tmp_path):
    storage = floats(2)
    state = collections.OrderedDict(w=tensor(storage, (2,), (1,)))
    state._metadata = collections.OrderedDict(version=1)
    np.testing.assert_array_equal(read_tensors(save(tmp_path / "w.pth", state, storage))["w"], [0, 1])


def test_a_call_of_anything_else_is_refused_and_not_made(tmp_path):
    told = tmp_path / "told"
    path = save(tmp_path / "w.pth", {"w": Call(os.system, f"touch {told}")})
    assert_refused(path, "holds '(posix|nt).system', and only tensors are read")
    assert not told.exists()
    with open(path, "rb") as file:  # the same file, read as plain pickles, does make the call
        for _ in range(4):
            pickle.load(file)
    assert told.exists()


@pytest.mark.parametrize("part", ["magic", "protocol", "system"])
def test_a_call_is_refused_in_every_pickle_of_the_file(tmp_path, part):
    told = tmp_path / "told"
    path = save(tmp_path / "w.pth", {}, **{part: Call(os.system, f"touch {told}")})
    assert_refused(path, "holds '(posix|nt).system', and only tensors are read")
    assert not told.exists()


def test_a_name_with_line_breaks_still_makes_one_line(tmp_path):
    path = tmp_path / "w.pth"
    path.write_bytes(b"\x80\x04\x8c\x05two\n!\x8c\x05lines\x93.")  # STACK_GLOBAL 'two\n!', 'lines'
    assert_refused(path, r"holds 'two\\n!.lines'")


def test_another_magic_number_is_refused(tmp_path):
    assert_refused(save(tmp_path / "w.pth", {}, magic=MAGIC + 1), "the magic number .* is missing")


def test_another_protocol_is_refused(tmp_path):
    assert_refused(save(tmp_path / "w.pth", {}, protocol=1002), "its protocol version is not 1001")


def test_a_file_of_a_big_endian_machine_is_refused(tmp_path):
    assert_refused(
        save(tmp_path / "w.pth", {}, system={"little_endian": False}), "written on a big-endian machine"
    )


@pytest.mark.parametrize("kept", [0, 20, -30, -10, -1])
def test_a_file_cut_short_is_refused(tmp_path, kept):
    storage = floats(6)
    path = save(tmp_path / "w.pth", {"w": tensor(storage, (6,), (1,))}, storage)
    path.write_bytes(path.read_bytes()[:kept])
    assert_refused(path, "Ran out of input|truncated|holds 0|cut short")


def test_elements_cut_short_are_named_as_such(tmp_path):
    storage = floats(6)
    path = save(tmp_path / "w.pth", {"w": tensor(storage, (6,), (1,))}, storage)
    path.write_bytes(path.read_bytes()[:-1])
    assert_refused(path, "it is cut short")


def test_a_text_file_is_refused(tmp_path):
    path = tmp_path / "w.pth"
    path.write_text("? hello")
    assert_refused(path, "in torch.save's legacy format: invalid load key, '\\?'")


def test_the_zip_format_of_later_torch_versions_is_refused(tmp_path):
    path = tmp_path / "w.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("w/data.pkl", pickle.dumps({}))
    assert_refused(path, "in torch.save's legacy format")


@pytest.mark.parametrize(
    "shape, strides, offset",
    [((7,), (1,), 0), ((2, 3), (3, 1), 1), ((2,), (6,), 0), ((2,), (-1,), 0), ((1,), (1,), -1), ((), (), 6)],
)
def test_a_tensor_reaching_outside_its_storage_of_six_is_refused(tmp_path, shape, strides, offset):
    storage = floats(6)
    path = save(tmp_path / "w.pth", {"w": tensor(storage, shape, strides, offset=offset)}, storage)
    assert_refused(path, "a tensor reaches outside its storage")


def test_a_storage_that_never_comes_is_refused(tmp_path):
    path = save(tmp_path / "w.pth", {"w": tensor(floats(6), (6,), (1,))})
    assert_refused(path, "a tensor's storage is missing")


def test_a_storage_of_another_size_than_announced_is_refused(tmp_path):
    storage = floats(6, size=5)
    path = save(tmp_path / "w.pth", {"w": tensor(storage, (5,), (1,))}, storage)
    assert_refused(path, "a storage of 5 elements holds 6")


@pytest.mark.parametrize(
    "changes, reason",
    [
        (dict(kind="module"), "it refers to 'module' of type 'FloatStorage'"),
        (dict(view=("floats", 1, 5)), r"it refers to .* view \('floats', 1, 5\)"),
        (dict(type="HalfStorage"), "holds 'torch.HalfStorage', and only tensors are read"),
    ],
)
def test_another_kind_of_reference_is_refused(tmp_path, changes, reason):
    storage = floats(6, **changes)
    assert_refused(save(tmp_path / "w.pth", {"w": tensor(storage, (6,), (1,))}, storage), reason)


@pytest.mark.parametrize("value", [3, "text", None, [1.0], {}])
def test_a_value_that_is_no_tensor_is_refused(tmp_path, value):
    storage = floats(1)
    path = save(tmp_path / "w.pth", {"w": tensor(storage, (1,), (1,)), "other": value}, storage)
    assert_refused(path, "it is not a dict of tensors")


def test_a_storage_in_place_of_a_tensor_is_refused(tmp_path):
    storage = floats(1)
    assert_refused(save(tmp_path / "w.pth", {"w": storage}, storage), "it is not a dict of tensors")


def test_a_tensor_alone_is_refused(tmp_path):
    storage = floats(1)
    assert_refused(
        save(tmp_path / "w.pth", tensor(storage, (1,), (1,)), storage), "it is not a dict of tensors"
    )


def test_a_tensor_made_of_no_storage_is_refused(tmp_path):
    assert_refused(save(tmp_path / "w.pth", {"w": tensor(5, (1,), (1,))}), "a tensor without a storage")


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "nowhere.pth"
    with pytest.raises(InputError, match="^cannot read the weights file .*nowhere.pth: No such file"):
        read_tensors(path)


def test_a_folder_is_no_weights_file(tmp_path):
    with pytest.raises(InputError, match="^cannot read the weights file .*: Is a directory"):
        read_tensors(tmp_path)


def test_the_file_of_lite0_holds_float32_tensors_and_counters():
    tensors = read_tensors(lite.weights_file("lite0"))
    assert {name for name, array in tensors.items() if array.dtype == np.int64} == {
        name for name in tensors if name.endswith("num_batches_tracked")
    }
    assert tensors["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert tensors["_fc.weight"].shape == (1000, 1280)
