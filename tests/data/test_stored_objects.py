"""Arrays of objects: words and numbers are read, and nothing that a pickle asks for is done."""

import io
import os
import pickle

import numpy as np
import pytest
from array_files import npz, object_array, raw_npz, small_images, stored

from plants.data.dataset import load
from plants.data.stored_objects import read
from plants.errors import InputError


def unpickled(values, protocol=3):
    array = np.array(values, dtype=object)
    return read(io.BytesIO(pickle.dumps(array, protocol)), "X.npz: labels", array.size).tolist()


@pytest.mark.parametrize("protocol", range(5))
def test_words_and_numbers_are_read_whatever_the_protocol(protocol):
    assert unpickled(["healthy", "ünhealthy", ""], protocol) == ["healthy", "ünhealthy", ""]
    assert unpickled([3, -1.5, True, 2**70], protocol) == [3, -1.5, True, 2**70]


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_numpys_own_words_and_numbers_are_read_too(protocol):
    values = [np.str_("wörd"), np.int64(-7), np.float32(0.5), np.uint8(200), np.bool_(True), np.bytes_(b"x")]
    assert unpickled(values, protocol) == ["wörd", -7, 0.5, 200, True, "x"]


def test_a_word_that_is_there_often_is_read_as_often():
    assert unpickled(["a", "b"] * 1000) == ["a", "b"] * 1000


def test_an_array_stored_by_numpy_1_is_read_like_one_of_numpy_2():
    content = pickle.dumps(np.array(["a", "b"], dtype=object), 3)
    assert b"numpy._core" in content or b"numpy.core" in content
    for package in (b"numpy._core.multiarray", b"numpy.core.multiarray"):
        renamed = content.replace(b"numpy._core.multiarray", package)
        assert read(io.BytesIO(renamed), "X", 2).tolist() == ["a", "b"]


def refused(content, message, count=2):
    with pytest.raises(InputError, match=message) as caught:
        read(io.BytesIO(content), "X.npz: labels", count)
    text = str(caught.value)
    assert text.startswith("X.npz: labels is an array of objects that is not read (")
    assert text.endswith("; expected words or numbers and nothing else: save the labels with .astype(str)")
    assert text.isprintable() and len(text) < 400


class Calls:
    """Its pickle has whoever loads it call a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "function, arguments, name",
    [
        (os.mkdir, ("PWNED",), "asks for (posix|nt).mkdir"),
        (eval, ("open('PWNED', 'w')",), r"asks for (builtins|__builtin__)\.eval"),
        (np.load, ("PWNED",), "asks for numpy"),
        (np.ndarray, ((3,),), "holds a ndarray"),
        (getattr, ("", "join"), r"asks for (builtins|__builtin__)\.getattr"),
        (bytearray, (10,), r"asks for (builtins|__builtin__)\.bytearray"),
    ],
)
def test_what_a_pickle_asks_for_is_refused_and_not_done(function, arguments, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for protocol in (0, 2, 4):
        array = np.array([Calls(function, *arguments), "b"], dtype=object)
        refused(pickle.dumps(array, protocol), name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "values, message",
    [
        ([None, "a"], "holds a NoneType"),
        ([[1, 2], "a"], "holds a list"),
        ([np.zeros(3), "a"], "holds a _reconstruct"),
        ([{}, "a"], "holds a dict"),
        ([1j, "a"], "asks for builtins.complex"),
        ([np.datetime64("2024-01-01"), "a"], "holds a M8"),
        ([b"\xff\xfe", "a"], "codec can't decode"),
    ],
)
def test_objects_of_other_kinds_are_refused(values, message):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    refused(pickle.dumps(array, 3), message)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "pickle exhausted"),
        (b"no pickle", "opcode"),
        (pickle.dumps(np.array(["a", "b"], dtype=object))[:-4], "pickle exhausted|pickle"),
        (pickle.dumps(["a", "b"]), "no array"),
        (pickle.dumps(np.array([1, 2])), "no array of objects"),
        (pickle.dumps(np.array(["a"], dtype=object)), "1 values, but room for 2"),
        (b"\x80\x03]r\xff\xff\xff\x7f.", "remembers more than it holds"),  # room for two thousand million
        (b"\x80\x04\x8e" + b"\xff" * 5 + b"\x00\x00\x00.", "bytes8"),  # a word of a terabyte
        (b"\x80\x03cnumpy\nndarray\nN}X\x05\x00\x00\x00stateK\x01s\x86b.", "no array"),  # sets an attribute
        (b"\x80\x02\x82\x01.", "extension"),
        (b"cos\nsystem\n(S'echo PWNED'\ntR.", "asks for os.system"),
        (b"(ios\nsystem\n.", "asks for os.system|pickle"),
        (b"\x80\x04\x8c\x02\x1b[\x8c\x01x\x93.", r"asks for \\x1b\[.x"),
    ],
    ids=[
        *("empty", "text", "cut", "list", "numbers", "too few", "memo", "terabyte", "attribute", "extension"),
        *("system", "instance", "escape"),
    ],
)
def test_pickles_that_are_damaged_or_hostile_are_refused(content, message):
    refused(content, message)


def test_a_hostile_pickle_in_an_npz_is_one_line_that_names_the_file(tmp_path):
    images = stored(small_images(6))
    hostile = object_array(b"cos\nsystem\n(S'echo PWNED'\ntR.")
    with pytest.raises(InputError, match=r"X.npz: labels is an array of objects .*asks for os.system"):
        load(raw_npz(tmp_path / "X.npz", images=images, labels=hostile))


def test_images_that_are_objects_are_refused_unread(tmp_path):
    ragged = np.empty(2, dtype=object)
    ragged[:] = [np.zeros((8, 8, 3)), np.zeros((9, 9, 3))]
    with pytest.raises(
        InputError, match=r"images is an array of object, expected numbers.*np.stack\(images\)"
    ):
        load(npz(tmp_path / "X.npz", images=ragged, labels=[0, 1]))
