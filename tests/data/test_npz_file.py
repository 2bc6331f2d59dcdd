"""Images and labels from an .npz: what is read, and what bad files are told."""

import re
import zipfile

import numpy as np
import pytest
from array_files import head, npz, raw_npz, small_images, stored

from plants.data.dataset import load
from plants.data.sources import open_dataset
from plants.data.splits import split
from plants.errors import InputError

IMAGES = small_images(6)
LABELS = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "X.npz"


def refused(path, message):
    """Loading `path` fails with one line that begins with it and matches `message`."""
    with pytest.raises(InputError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


# What is read


def test_images_and_a_column_of_numbers_as_in_2024(path):
    read = load(npz(path, images=IMAGES, labels=LABELS[:, None]))
    np.testing.assert_array_equal(read.images, IMAGES)
    assert read.images.dtype == np.uint8
    assert read.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert read.labels.dtype == np.int64
    assert read.class_names == ("0", "1", "2")
    assert read.names[:2] == ("0/00000", "1/00001")
    assert (read.source, read.place) == ("X.npz", path)


def test_data_and_objects_that_are_words_as_in_2023(path):
    words = np.array(["unhealthy", "healthy", "healthy"] * 2, dtype=object)
    read = load(npz(path, data=IMAGES, labels=words))
    np.testing.assert_array_equal(read.images, IMAGES)
    assert read.labels.tolist() == [1, 0, 0, 1, 0, 0]
    assert read.class_names == ("healthy", "unhealthy")
    assert read.remarks == ()


def test_other_arrays_beside_these_are_ignored_and_compression_does_not_matter(path):
    np.savez_compressed(path, images=IMAGES, labels=LABELS, seed=np.array(3))
    np.testing.assert_array_equal(load(path).images, IMAGES)


def test_the_ending_of_the_name_does_not_matter(tmp_path):
    path = npz(tmp_path / "X.npz", images=IMAGES, labels=LABELS)
    assert len(load(path.rename(tmp_path / "training_set.zip"))) == 6


@pytest.mark.parametrize(
    "names",
    [
        [".DS_Store"],
        ["__MACOSX/", "__MACOSX/._images.npy", "__MACOSX/._labels.npy"],
        ["Thumbs.db", "desktop.ini"],
        ["images.npy:Zone.Identifier", "@eaDir/images.npy"],
    ],
)
def test_leftovers_of_packing_it_again_by_hand_are_ignored(path, names):
    with zipfile.ZipFile(npz(path, images=IMAGES, labels=LABELS), "a") as archive:
        for name in names:
            archive.writestr(name, b"left over")
    read = load(path)
    np.testing.assert_array_equal(read.images, IMAGES)
    assert read.labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_leftovers_are_no_arrays_that_a_message_names(path):
    with zipfile.ZipFile(npz(path, x=IMAGES, labels=LABELS), "a") as archive:
        archive.writestr("__MACOSX/._images.npy", b"left over")
    refused(path, "holds the arrays labels, x; expected one called images or data")


def test_images_from_0_to_1_that_were_cut_to_whole_numbers_are_refused(path):
    npz(path, images=(IMAGES / 255).astype(np.uint8), labels=LABELS)
    refused(path, r"X.npz: images holds values from 0 to [01] as uint8; expected 0 to 255, or floats")


def test_an_array_that_was_stored_column_by_column_gives_the_same_images(path):
    read = load(npz(path, images=np.asfortranarray(IMAGES), labels=LABELS))
    np.testing.assert_array_equal(read.images, IMAGES)
    assert read.images.flags.c_contiguous


@pytest.mark.parametrize("side", [8, 64, 96])
def test_images_may_have_any_side(path, side):
    assert load(npz(path, images=small_images(6, side), labels=LABELS)).images.shape == (6, side, side, 3)


def test_the_same_images_are_split_the_same_from_an_npz_as_from_folders(path, class_folders):
    folders = load(class_folders)
    names = np.array(folders.class_names)[folders.labels]
    order = np.random.default_rng(0).permutation(len(folders))
    read = load(npz(path, data=folders.images[order], labels=names[order].astype(object)))
    assert read.content_hash == folders.content_hash
    assert split(read).hash == split(folders).hash


def test_the_variable_may_name_an_npz_and_what_was_done_is_said(path, monkeypatch):
    monkeypatch.setenv("CHALLENGE_DATA", str(npz(path, images=IMAGES / 255, labels=LABELS)))
    lines = []
    np.testing.assert_array_equal(open_dataset(announce=lines.append).images, IMAGES)
    assert lines == [
        "X.npz: the images are floats from 0 to 1: taken times 255 and rounded",
        "X.npz: the 3 classes are named by numbers, and in the order of these: 0, 1, 2",
    ]


def test_numbers_that_are_no_count_from_0_are_said(path):
    read = load(npz(path, images=IMAGES, labels=[10, 2, 10, 2, 1, 1]))
    assert read.class_names == ("1", "2", "10")
    assert read.labels.tolist() == [2, 1, 2, 1, 0, 0]
    assert read.remarks == (
        "X.npz: the 3 classes are named by numbers, and in the order of these: 1, 2, 10; labels and answers "
        "count from 0, so 0 stands for class 1",
    )


# What bad files are told


@pytest.mark.parametrize(
    "arrays, message",
    [
        ({"x": IMAGES, "labels": LABELS}, "holds the arrays labels, x; expected one called images or data"),
        ({"images": IMAGES, "y": LABELS}, "holds the arrays images, y; expected one called labels: save it"),
        ({"images": IMAGES, "data": IMAGES, "labels": LABELS}, "holds the arrays data, images, labels; exp"),
        ({"images": IMAGES, "labels": LABELS[:5]}, r"labels has the shape \(5,\), but there are 6 images"),
        ({"images": IMAGES, "labels": LABELS[None]}, r"labels has the shape \(1, 6\), but .* 6 images; exp"),
        ({"images": IMAGES, "labels": np.array(1)}, r"labels has the shape \(\), but there are 6 images"),
        ({"images": IMAGES, "labels": 0 * LABELS}, "only one class, 0; expected .*, two classes or more"),
    ],
    ids=["images", "labels", "both", "fewer", "row", "single", "one class"],
)
def test_arrays_of_other_names_or_lengths_are_refused(path, arrays, message):
    refused(npz(path, **arrays), message)


GOOD = stored(IMAGES)


@pytest.mark.parametrize(
    "content, message",
    [
        (
            GOOD[:-10],
            r"images cannot be read \(shape \(6, 8, 8, 3\) of uint8 takes 1152 bytes, got 1142\); copy",
        ),
        (b"", "images cannot be read"),
        (b"\x93NUMPY", "images cannot be read"),
        (b"no array at all", "images cannot be read"),
        (b"\x93NUMPY\x03" + GOOD[7:], r"images cannot be read \(format \(3, 0\), expected 1.0 or 2.0\)"),
        (
            b"\x93NUMPY\x02\x00" + (1 << 20).to_bytes(4, "little") + b" " * (1 << 20),
            r"images cannot be read \(Header info length \(1048576\) is large",
        ),
        (
            head("{'descr': '|u1', 'fortran_order': False, 'shape': (6, 900000, 900000, 3)}") + GOOD[128:],
            "takes 14580000000000 bytes, got 1152",
        ),
        (head("{'descr': '|u1', 'fortran_order': False, 'shape': (6, -8, -8, 3)}") + GOOD[128:], "-8, -8"),
        (head("{'descr': '|u1', 'fortran_order': False, 'shape': (6, 8, 8, 3) "), "images cannot be read"),
        (head("__import__('os').abort()"), "images cannot be read"),
    ],
    ids=[
        *("cut", "empty", "magic", "text", "version", "long head", "huge", "negative", "open brace", "code"),
    ],
)
def test_an_array_that_is_damaged_or_claims_too_much_is_refused(path, content, message):
    refused(raw_npz(path, images=content, labels=stored(LABELS)), message)


def test_a_file_that_was_cut_short_is_refused(path):
    npz(path, images=IMAGES, labels=LABELS)
    path.write_bytes(path.read_bytes()[:-200])
    refused(path, "not a zip, or a damaged one .*; expected .* an .npz of images and labels")


def test_a_file_that_is_no_zip_is_refused_and_so_is_a_single_array(path):
    path.write_text("no zip")
    refused(path, "not a zip")
    path.write_bytes(GOOD)
    refused(path, "not a zip")


def test_a_changed_byte_is_found_by_the_checksum(path):
    npz(path, images=IMAGES, labels=LABELS)
    content = bytearray(path.read_bytes())
    content[content.index(IMAGES.tobytes()[:30]) + 500] ^= 255
    path.write_bytes(content)
    refused(path, re.escape("images cannot be read (Bad CRC-32 for file 'images.npy'); copy or download"))
