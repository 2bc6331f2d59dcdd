"""Folders of images as people bring them: sizes, leftovers of systems and shares, names in many spellings."""

import io
import os
import shutil
import sys
import unicodedata
import zipfile

import numpy as np
import pytest
from drawn_images import noise
from PIL import Image

from plants.data.dataset import load
from plants.errors import InputError


def png(*key, size=(96, 96)):
    """The bytes of a PNG that depends on `key` only."""
    file = io.BytesIO()
    width, height = size
    Image.fromarray(np.resize(noise(*key), (height, width, 3))).save(file, "PNG")
    return file.getvalue()


def folder(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def two_classes(first="ash", second="birch", n=2, size=(96, 96)):
    return {f"{name}/{i}.png": png(name, i, size=size) for name in (first, second) for i in range(n)}


def refused(path, message):
    with pytest.raises(InputError, match=message) as caught:
        load(path)
    assert "\n" not in str(caught.value)


# Sizes


@pytest.mark.parametrize("side", [16, 64, 128])
def test_the_side_is_that_of_the_images(tmp_path, side):
    assert load(folder(tmp_path, two_classes(size=(side, side)))).images.shape == (4, side, side, 3)


def test_one_image_of_another_size_is_named_with_its_size(tmp_path):
    folder(tmp_path / "X", two_classes() | {"ash/odd.png": png(size=(64, 96))})
    refused(
        tmp_path / "X",
        r"X: 1 of 5 images is not 96x96 pixels, as 4 are: ash/odd.png \(64x96\); expected square images of "
        "one size: resize or remove these$",
    )


def test_all_images_of_another_size_are_counted_and_the_first_three_named(tmp_path):
    odd = {f"birch/odd{i}.png": png(i, size=(20 + i, 20)) for i in range(5)}
    folder(tmp_path / "X", two_classes(n=4) | odd)
    shown = r"birch/odd0.png \(20x20\), birch/odd1.png \(21x20\), birch/odd2.png \(22x20\), ...; expected"
    refused(tmp_path / "X", f"X: 5 of 13 images are not 96x96 pixels, as 8 are: {shown}")
    shutil.make_archive(tmp_path / "X", "zip", tmp_path / "X")
    refused(tmp_path / "X.zip", f"X.zip: 5 of 13 images are not 96x96 pixels, as 8 are: {shown}")


def test_images_none_of_which_is_square_are_refused(tmp_path):
    folder(tmp_path / "X", two_classes(size=(40, 30)))
    refused(
        tmp_path / "X", r"4 of 4 images are not square: ash/0.png \(40x30\), ash/1.png \(40x30\), birch/0"
    )


def test_the_size_that_most_square_images_have_is_the_one_expected(tmp_path):
    files = {f"ash/wide{i}.png": png(i, size=(40, 30)) for i in range(9)} | two_classes()
    folder(tmp_path / "X", files | {"birch/small.png": png(size=(8, 8))})
    refused(tmp_path / "X", "10 of 14 images are not 96x96 pixels, as 4 are: ash/wide0.png")


def test_a_broken_file_is_told_of_though_its_size_is_not_known(tmp_path):
    folder(tmp_path / "X", two_classes() | {"ash/text.png": b"notes"})
    refused(tmp_path / "X", "ash/text.png is no image, expected one of")


@pytest.mark.parametrize("name", ["public_data.npz", "data/training_set.npz"])
def test_an_npz_in_a_folder_or_a_zip_is_to_be_named_itself(tmp_path, name):
    folder(tmp_path / "X", {name: b"", "README.txt": b"notes"})
    refused(tmp_path / "X", f"X: no images, but {name}; unpack that and name it itself$")
    shutil.make_archive(tmp_path / "Y", "zip", tmp_path / "X")
    refused(tmp_path / "Y.zip", f"Y.zip: no images, but {name}; unpack that")


# Leftovers


@pytest.mark.parametrize(
    "name",
    [
        "@eaDir/ash/THUMB_M.png",
        "ash/@eaDir/0.png/SYNOPHOTO_THUMB_M.jpg",
        "#recycle/old.png",
        "$RECYCLE.BIN/S-1-5-21/x.png",
        "System Volume Information/IndexerVolumeGuid",
        "lost+found/x.png",
        ".AppleDouble/ash/0.png",
        "ash/.AppleDouble/0.png",
        "@Recycle/x.png",
        "Network Trash Folder/x.png",
        ".Trash-1000/files/x.png",
        "birch/ehthumbs.db",
        "RECYCLER/x.png",
        "ash/0.png:Zone.Identifier",
        "ash/0.png@SynoEAStream",
        "ash/@__thumb/default0.png",
    ],
)
def test_leftovers_of_systems_and_shares_are_ignored(tmp_path, name):
    folder(tmp_path / "X", two_classes() | {name: png("junk", size=(5, 5))})
    for path in (tmp_path / "X", shutil.make_archive(tmp_path / "Y", "zip", tmp_path / "X")):
        read = load(path)
        assert read.class_names == ("ash", "birch")
        assert len(read) == 4


def test_leftovers_beside_an_outer_folder_are_ignored_too(tmp_path):
    folder(tmp_path / "X" / "plants", two_classes())
    folder(tmp_path / "X", {"@eaDir/plants/x.png": b"", "lost+found/x": b""})
    assert load(tmp_path / "X").class_names == ("ash", "birch")


@pytest.mark.parametrize("outer", ["./", "./photos/", "././", ".//photos//", "photos/./"])
def test_a_zip_of_names_that_begin_where_one_stood_is_read_like_any_other(tmp_path, outer):
    with zipfile.ZipFile(tmp_path / "X.zip", "w") as archive:
        archive.writestr("./", b"")
        for name, content in (two_classes() | {".DS_Store": b"", "ash/._0.png": b""}).items():
            archive.writestr(outer + name, content)
    read = load(tmp_path / "X.zip")
    assert read.class_names == ("ash", "birch")
    assert read.names == ("ash/0.png", "ash/1.png", "birch/0.png", "birch/1.png")


@pytest.mark.parametrize("name", ["./../x.png", "ash/./../../x.png", ".//../x.png"])
def test_a_name_that_leads_out_of_the_zip_is_refused_behind_dots_too(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "X.zip", "w") as archive:
        for safe, content in two_classes().items():
            archive.writestr(safe, content)
        archive.writestr(name, png("x"))
    refused(tmp_path / "X.zip", "X.zip: unsafe name '.*x.png' in the zip; expected plain relative names")


# Blanks round names


def test_blanks_round_the_name_of_a_folder_are_none_of_it(tmp_path):
    files = two_classes(" moss", "fern") | {"fern\u00a0/more.png": png("more"), "moss \t/ 7.png": png(7)}
    folder(tmp_path / "X", files)
    for path in (tmp_path / "X", shutil.make_archive(tmp_path / "Y", "zip", tmp_path / "X")):
        read = load(path)
        assert read.class_names == ("fern", "moss")
        assert read.names == (
            *("fern/0.png", "fern/1.png", "fern/more.png"),
            *("moss/0.png", "moss/1.png", "moss/7.png"),
        )


@pytest.mark.parametrize("name", [" ", "\u3000"])
def test_a_folder_whose_name_is_nothing_but_blanks_is_no_class(tmp_path, name):
    folder(tmp_path / "X", two_classes(name, "fern"))
    refused(tmp_path / "X", "X: a class folder has a blank name; expected the class's: rename it$")


# Names in Unicode


class OfFinder(zipfile.ZipInfo):
    """An entry whose name is UTF-8 without a flag that says so."""

    def _encodeFilenameFlags(self):
        return self.filename.encode(), self.flag_bits & ~0x800


def decomposed_zip(path, files, kind):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(kind(unicodedata.normalize("NFD", f"outer/{name}")), content)
    return path


@pytest.mark.parametrize("kind", [zipfile.ZipInfo, OfFinder], ids=["flagged", "unflagged"])
@pytest.mark.parametrize("first, second", [("Varietà", "Ähre"), ("Côté", "Ñandú"), ("한국", "日本")])
def test_decomposed_and_composed_names_are_the_same_classes(tmp_path, first, second, kind):
    files = two_classes(first, second)
    composed = load(folder(tmp_path / "X", files))
    of_mac = load(decomposed_zip(tmp_path / "mac.zip", files, kind))
    assert of_mac.class_names == composed.class_names == tuple(sorted((first, second)))
    assert of_mac.content_hash == composed.content_hash
    assert of_mac.names == composed.names


class OfDos(zipfile.ZipInfo):
    """An entry whose name is of code page 437, as the format has it where no flag says otherwise."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("cp437"), self.flag_bits & ~0x800


def test_a_name_in_a_zip_that_is_of_the_old_code_page_is_read_as_such(tmp_path):
    with zipfile.ZipFile(tmp_path / "X.zip", "w") as archive:
        for name, content in two_classes("fern", "Grün").items():
            archive.writestr(OfDos(name), content)
    assert load(tmp_path / "X.zip").class_names == ("Grün", "fern")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems make one name of the two")
def test_folders_of_both_spellings_hold_one_class(tmp_path):
    decomposed = unicodedata.normalize("NFD", "Varietà")
    files = two_classes("fern", "Varietà") | {f"{decomposed}/{i}.png": png("more", i) for i in range(3)}
    read = load(folder(tmp_path / "X", files))
    assert read.class_names == ("Varietà", "fern")
    assert np.bincount(read.labels).tolist() == [5, 2]


# Names that are no UTF-8


def with_raw_names(root, names):
    """Class folders with names of these bytes, 3 images in each; skips where there can be none."""
    for name in names:
        try:
            os.makedirs(os.path.join(os.fsencode(root), name))
        except (OSError, UnicodeError):
            pytest.skip("this file system has only names in Unicode")
        for i in range(3):
            with open(os.path.join(os.fsencode(root), name, b"%d.png" % i), "wb") as file:
                file.write(png(name, i))
    return root


@pytest.mark.parametrize(
    "names, shown, said",
    [
        (
            [b"Variet\xe0", b"Variet\xe8"],
            (r"Variet\xe0", r"Variet\xe8"),
            r"2; their bytes are shown as in Variet\xe0",
        ),
        ([b"\xbb\xa8", b"fern"], (r"\xbb\xa8", "fern"), r"1; their bytes are shown as in \xbb\xa8"),
        ([b"\x82\xa0", "Ähre".encode()], (r"\x82\xa0", "Ähre"), r"1; their bytes are shown as in \x82\xa0"),
    ],
    ids=["Latin-1", "GBK", "Shift-JIS"],
)
def test_names_that_are_no_utf_8_are_shown_with_escapes_and_said(tmp_path, names, shown, said):
    read = load(with_raw_names(tmp_path / "X", names))
    assert read.class_names == shown
    assert read.remarks == (f"X: folder names that are no UTF-8: {said}",)
    assert all(name.encode() for name in read.names)


def test_a_data_folder_whose_own_name_is_no_utf_8_has_a_source_that_can_be_written(tmp_path):
    root = with_raw_names(tmp_path, [b"Pflanzen \xfc/ash", b"Pflanzen \xfc/birch"])
    assert load(root / os.fsdecode(b"Pflanzen \xfc")).source == r"Pflanzen \xfc"


# Numbers


def test_classes_named_by_numbers_are_in_the_order_of_the_numbers_and_it_is_said(tmp_path):
    files = {f"{name}/{i}.png": png(name, i) for name in ("10", "9", "2") for i in range(2)}
    read = load(folder(tmp_path / "X", files))
    assert read.class_names == ("2", "9", "10")
    assert read.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert read.names[0] == "2/0.png"
    assert read.remarks == (
        "X: the 3 classes are named by numbers, and in the order of these: 2, 9, 10; labels and answers "
        "count from 0, so 0 stands for class 2",
    )
