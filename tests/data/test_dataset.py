"""Reading images: what a dataset holds, and what bad input is told."""

import io
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from plants.data.dataset import load
from plants.errors import InputError


def zip_of(folder, path, rename=lambda name: name, reverse=False):
    """Zips the files of `folder`, without entries for folders, under new names."""
    files = sorted((file for file in folder.rglob("*") if file.is_file()), reverse=reverse)
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, rename(file.relative_to(folder).as_posix()))
    return path


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


# What a dataset holds


def test_a_folder_gives_pixels_labels_and_names_in_order_of_class_and_file(tiny_dataset, class_folders):
    read = load(class_folders)
    np.testing.assert_array_equal(read.images, tiny_dataset.images)
    assert read.images.dtype == np.uint8
    assert read.labels.tolist() == [0] * 10 + [1] * 10 + [2] * 10
    assert read.labels.dtype == np.int64
    assert read.class_names == ("daisy", "fern", "moss")
    assert read.names[:2] == ("daisy/00000.png", "daisy/00001.png")
    assert read.source == "tiny"


def test_a_zip_with_an_outer_folder_reads_like_the_folder(tiny_dataset, class_folders, tmp_path):
    read = load(zip_of(class_folders, tmp_path / "some.zip", lambda name: "outer/" + name))
    np.testing.assert_array_equal(read.images, tiny_dataset.images)
    assert read.names == tiny_dataset.names
    assert read.source == "some.zip"


def test_a_folder_with_an_outer_folder_reads_like_the_inner_one(class_folders):
    assert load(class_folders.parent).names == load(class_folders).names


def test_class_folders_may_be_links(class_folders, tmp_path):
    (tmp_path / "linked").mkdir()
    for name in ("daisy", "moss"):
        (tmp_path / "linked" / name).symlink_to(class_folders / name)
    assert load(tmp_path / "linked").class_names == ("daisy", "moss")


def test_jpeg_pixels_are_those_that_pillow_decodes(tiny_dataset, class_folders):
    path = class_folders / "fern" / "00003.png"
    path.unlink()
    Image.fromarray(tiny_dataset.images[13]).save(path.with_suffix(".jpg"), quality=60)
    read = load(class_folders)
    expected = np.asarray(Image.open(path.with_suffix(".jpg")))
    assert (expected != tiny_dataset.images[13]).any()
    np.testing.assert_array_equal(read.images[13], expected)


def test_the_content_hash_knows_neither_names_nor_order_nor_container(tiny_dataset, class_folders, tmp_path):
    def rename(name):
        kind, file = name.split("/")
        return f"{kind}/{9 - int(file[:5])}.png"

    renamed = load(zip_of(class_folders, tmp_path / "renamed.zip", rename, reverse=True))
    assert renamed.pixel_sha256 != tiny_dataset.pixel_sha256
    assert renamed.content_hash == load(class_folders).content_hash == tiny_dataset.content_hash


def test_the_content_hash_knows_pixels_and_classes(tiny_dataset, class_folders):
    (class_folders / "fern" / "00000.png").rename(class_folders / "moss" / "x.png")
    assert load(class_folders).content_hash != tiny_dataset.content_hash
    (class_folders / "moss" / "x.png").rename(class_folders / "fern" / "x.png")
    assert load(class_folders).content_hash == tiny_dataset.content_hash
    image = tiny_dataset.images[10].copy()
    image[0, 0, 0] ^= 1
    Image.fromarray(image).save(class_folders / "fern" / "x.png")
    assert load(class_folders).content_hash != tiny_dataset.content_hash


def test_a_subset_keeps_classes_and_the_order_asked_for(tiny_dataset):
    part = tiny_dataset.subset([25, 3])
    np.testing.assert_array_equal(part.images, tiny_dataset.images[[25, 3]])
    assert part.labels.tolist() == [2, 0]
    assert part.names == ("moss/00005.png", "daisy/00003.png")
    assert part.class_names == tiny_dataset.class_names
    assert part.pixel_sha256 == (tiny_dataset.pixel_sha256[25], tiny_dataset.pixel_sha256[3])


def test_an_empty_subset_is_a_dataset_without_images(tiny_dataset):
    part = tiny_dataset.subset([])
    assert len(part) == 0
    assert part.images.shape == (0, 96, 96, 3)


def test_leftovers_of_file_managers_and_notes_beside_the_classes_are_ignored(
    class_folders, tiny_dataset, tmp_path
):
    for name in (
        ".DS_Store",
        "daisy/.DS_Store",
        "daisy/Thumbs.db",
        "daisy/._00000.png",
        "README.txt",
        "__MACOSX/daisy/._00000.png",
        ".ipynb_checkpoints/x.png",
        "moss/desktop.ini",
    ):
        (class_folders / name).parent.mkdir(exist_ok=True, parents=True)
        (class_folders / name).write_bytes(b"junk")
    assert load(class_folders).names == tiny_dataset.names
    assert load(zip_of(class_folders, tmp_path / "mac.zip")).names == tiny_dataset.names


# What bad input is told


def refused(path, message):
    """Loading `path` fails with one line that names it, then says `message`, a regular expression."""
    with pytest.raises(InputError, match=message) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_path_that_is_not_there_is_refused(tmp_path):
    refused(
        tmp_path / "absent.zip",
        "absent.zip: no such file or folder; expected the contest's zip, or a folder with one folder",
    )


def test_a_path_too_long_to_look_up_is_refused(tmp_path):
    refused(tmp_path / ("x" * 300), "no such file or folder")


def test_a_file_that_is_no_zip_is_refused(tmp_path):
    (tmp_path / "notes.zip").write_text("no zip at all")
    refused(tmp_path / "notes.zip", "notes.zip: not a zip, or a damaged one .*; expected the contest's zip")


def test_a_zip_cut_short_is_refused(class_folders, tmp_path):
    path = zip_of(class_folders, tmp_path / "cut.zip")
    path.write_bytes(path.read_bytes()[:-1000])
    refused(path, "cut.zip: not a zip, or a damaged one")


def bad_file(root, content, name="fern/bad.jpg"):
    (root / name).write_bytes(content)
    return root


GREEN = Image.new("RGB", (96, 96), (0, 90, 0))
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8))


@pytest.mark.parametrize(
    "content, message",
    [
        (
            encoded(NOISE, "JPEG")[:2000],
            r"is a damaged image \(image file is truncated.*; replace it or remove",
        ),
        (encoded(GREEN.convert("L"), "JPEG"), "is grayscale, expected RGB; convert it to RGB or remove it"),
        (encoded(GREEN.convert("CMYK"), "JPEG"), "is CMYK, expected RGB; convert it to RGB or remove it"),
        (encoded(GREEN.convert("RGBA"), "PNG"), "is RGB with transparency, expected RGB; convert it"),
        (encoded(GREEN.convert("P"), "PNG"), "is a palette image, expected RGB; convert it"),
        (encoded(NOISE, "PNG")[:3000], "is a damaged image .*; replace it or remove it"),
        (b"", "is no image, expected one of JPEG, PNG, BMP, TIFF, WEBP; replace it or remove it"),
        (b"notes on ferns", "is no image, expected one of JPEG"),
        (encoded(GREEN, "EPS"), "is no image, expected one of JPEG"),
    ],
    ids=["truncated", "grayscale", "CMYK", "RGBA", "palette", "cut PNG", "empty", "text", "EPS"],
)
def test_a_file_that_is_no_rgb_image_is_refused_by_name(content, message, class_folders, tmp_path):
    bad_file(class_folders, content)
    refused(class_folders, "tiny: fern/bad.jpg " + message)
    refused(zip_of(class_folders, tmp_path / "bad.zip"), "bad.zip: fern/bad.jpg " + message)


def test_an_empty_class_folder_is_refused(class_folders):
    (class_folders / "nettle").mkdir()
    refused(class_folders, "class folder nettle holds no image; add images or remove the folder")


def test_an_empty_class_folder_in_a_zip_is_refused(class_folders, tmp_path):
    path = zip_of(class_folders, tmp_path / "hole.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.mkdir("nettle")
    refused(path, "class folder nettle holds no image; add images or remove the folder")


def test_a_single_class_is_refused(class_folders):
    shutil.rmtree(class_folders / "fern")
    shutil.rmtree(class_folders / "moss")
    refused(class_folders, "only one class, daisy; expected .*, two classes or more")


def test_a_folder_without_images_is_refused(tmp_path):
    refused(tmp_path, "no images; expected the contest's zip, or a folder")


def test_a_zip_without_images_is_refused(tmp_path):
    zipfile.ZipFile(tmp_path / "empty.zip", "w").close()
    refused(tmp_path / "empty.zip", "empty.zip: no images; expected the contest's zip, or a folder")


def test_an_image_outside_the_class_folders_is_refused(class_folders):
    bad_file(class_folders, encoded(GREEN, "JPEG"), "stray.JPG")
    refused(class_folders, "stray.JPG lies in no class folder; expected the contest's zip, or a folder")


def test_the_folder_of_one_class_is_no_dataset(class_folders):
    refused(class_folders / "fern", "00000.png lies in no class folder")


def test_parts_that_hold_class_folders_are_refused(class_folders, tmp_path):
    for part in ("train", "test"):
        shutil.copytree(class_folders, tmp_path / "divided" / part)
    refused(tmp_path / "divided", "test/daisy/ lies too deep; expected .* one folder of images per class")


@pytest.mark.parametrize(
    "name",
    ["../daisy/x.png", "daisy/../../x.png", "/daisy/x.png", "daisy\\x.png", "C:/daisy/x.png", "c:x.png"],
)
def test_an_unsafe_name_in_a_zip_is_refused(name, class_folders, tmp_path):
    path = zip_of(class_folders, tmp_path / "unsafe.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, encoded(GREEN, "PNG"))
    refused(path, "unsafe.zip: unsafe name .*x.png' in the zip; expected plain relative names .*: pack the")


def test_a_name_that_only_contains_two_dots_is_safe(class_folders, tmp_path):
    (class_folders / "moss" / "00009.png").rename(class_folders / "moss" / "a..b.png")
    assert load(zip_of(class_folders, tmp_path / "dots.zip")).names[-1] == "moss/a..b.png"


def test_a_file_whose_checksum_is_wrong_in_the_zip_is_refused(class_folders, tmp_path):
    path = zip_of(class_folders, tmp_path / "rotten.zip")
    content = bytearray(path.read_bytes())
    first = (class_folders / "daisy" / "00000.png").read_bytes()
    content[content.index(first) + len(first) // 2] ^= 255
    path.write_bytes(content)
    refused(path, r"rotten.zip: daisy/00000.png cannot be read \(Bad CRC-32.*; copy or download the data")


def test_a_link_to_nowhere_is_refused(class_folders):
    (class_folders / "fern" / "gone.png").symlink_to(class_folders / "nowhere.png")
    refused(class_folders, r"fern/gone.png cannot be read \(.*No such file.*; copy or download the data")


# The contest's data


def test_the_contests_zip_holds_the_classes_it_is_known_for(contest_dataset):
    assert contest_dataset.class_names == tuple(f"Species{number}" for number in range(1, 9))
    assert np.bincount(contest_dataset.labels).tolist() == [158, 452, 438, 434, 451, 189, 456, 432]
    assert contest_dataset.images.shape == (3010, 96, 96, 3)
    assert len(set(contest_dataset.pixel_sha256)) == 3010
