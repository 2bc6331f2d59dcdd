"""Images to be asked about: which ones are found, what they are called, how they are made to fit."""

import io
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from plants.data import unlabelled
from plants.errors import InputError

SIDE = 8
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def picture(colour=RED, size=(SIDE, SIDE), mode="RGB"):
    return Image.new("RGB", size, colour).convert(mode)


def save(path, *arguments, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(*arguments, **options).save(path)
    return path


def png(colour=RED):
    file = io.BytesIO()
    picture(colour).save(file, "PNG")
    return file.getvalue()


def read(*paths, skip_unreadable=False, said=None):
    announce = pytest.fail if said is None else said.append
    return unlabelled.read(paths, SIDE, skip_unreadable=skip_unreadable, announce=announce)


def colours(found):
    """The colour of the first pixel of each image."""
    return [tuple(map(int, image[0, 0])) for image in found.images]


def refused(message, *paths, **options):
    with pytest.raises(InputError) as raised:
        read(*paths, **options)
    assert str(raised.value) == message
    return raised


# Which images there are


@pytest.fixture
def folder(tmp_path):
    """Three images in a folder and one in it, and what file managers leave."""
    save(tmp_path / "in" / "b.png", GREEN)
    save(tmp_path / "in" / "A.PNG", RED)
    save(tmp_path / "in" / "sub" / "deep" / "a.png", BLUE)
    for name in (".DS_Store", "sub/._a.png", "__MACOSX/a.png", "Thumbs.db"):
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"junk")
    return tmp_path / "in"


def test_a_folder_gives_its_images_and_those_of_its_folders_by_their_paths(folder):
    found = read(folder)
    assert found.names == ("A.PNG", "b.png", "sub/deep/a.png")
    assert colours(found) == [RED, GREEN, BLUE]
    assert found.images.shape == (3, SIDE, SIDE, 3) and found.images.dtype == np.uint8


def test_a_zip_gives_the_names_in_it(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name, colour in (("test/b.png", GREEN), ("./test/a.png", RED), ("__MACOSX/._a.png", BLUE)):
            archive.writestr(name, png(colour))
    found = read(tmp_path / "in.zip")
    assert (found.names, colours(found)) == (("test/a.png", "test/b.png"), [RED, GREEN])


def test_files_give_their_own_names_in_order_whatever_the_order_of_the_call(folder):
    found = read(folder / "b.png", folder / "sub" / "deep" / "a.png")
    assert (found.names, colours(found)) == (("a.png", "b.png"), [BLUE, GREEN])


def test_a_file_without_a_known_ending_is_looked_into(tmp_path):
    shutil.move(save(tmp_path / "a.png", GREEN), tmp_path / "upload")
    found = read(tmp_path / "upload")
    assert (found.names, colours(found)) == (("upload",), [GREEN])


@pytest.mark.parametrize("name", ["images", "data"])
def test_an_npz_gives_its_rows_in_order_and_needs_no_labels(name, tmp_path):
    rows = np.stack([np.full((SIDE, SIDE, 3), row, np.uint8) for row in range(12)])
    np.savez(tmp_path / "x.npz", **{name: rows})
    found = read(tmp_path / "x.npz")
    assert found.names == tuple(f"{row:05d}" for row in range(12))
    np.testing.assert_array_equal(found.images, rows)


def test_rows_beyond_99999_keep_their_order():
    rows = np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (100_001, 1, 1, 3))
    made = list(unlabelled.numbered("x.npz", rows))
    names = [made[row].name for row in (0, 99_999, 100_000)]
    assert names == sorted(names) == ["000000", "099999", "100000"]


def test_labels_in_an_npz_are_not_looked_at(tmp_path):
    rows = np.full((2, SIDE, SIDE, 3), 200, np.uint8)
    np.savez(tmp_path / "x.npz", images=rows, labels=np.array([{}, None], object))
    assert len(read(tmp_path / "x.npz").names) == 2


def test_what_is_done_to_floats_is_said(tmp_path):
    np.savez(tmp_path / "x.npz", images=np.full((1, SIDE, SIDE, 3), 0.5))
    said = []
    assert read(tmp_path / "x.npz", said=said).images[0, 0, 0].tolist() == [128] * 3
    assert said == ["x.npz: the images are floats from 0 to 1: taken times 255 and rounded"]


def test_several_places_are_sorted_as_one(folder, tmp_path):
    save(tmp_path / "other" / "c.png", BLUE)
    assert read(tmp_path / "other", folder / "b.png", folder / "A.PNG").names == ("A.PNG", "b.png", "c.png")


def test_files_that_are_no_images_by_their_names_are_left_out_and_told(folder):
    for name in ("notes.txt", "sub/b.heic", "labels.csv", "x.npy"):
        (folder / name).touch()
    said = []
    assert len(read(folder, said=said).names) == 3
    assert said == [
        f"{folder}: left out, as no images by their names: labels.csv, notes.txt, sub/b.heic and 1 more"
    ]


def test_links_to_folders_are_followed_but_not_round_and_round(folder, tmp_path):
    save(tmp_path / "other" / "c.png", BLUE)
    (folder / "linked").symlink_to(tmp_path / "other")
    (folder / "sub" / "up").symlink_to(folder)
    assert read(folder).names == ("A.PNG", "b.png", "linked/c.png", "sub/deep/a.png")


EXPECTED = "expected a folder of images, image files, a zip of images, or an .npz"


def test_what_is_not_there_or_holds_no_image_is_named(tmp_path):
    refused(f"{tmp_path}/nowhere: no such file or folder; {EXPECTED}", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    refused(f"{tmp_path}/empty: no images; {EXPECTED}", tmp_path / "empty")
    (tmp_path / "empty" / "a.txt").touch()
    refused(f"{tmp_path}/empty: no images, but a.txt; {EXPECTED}", tmp_path / "empty")


def test_a_zip_that_is_none_is_named(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    refused(
        f"{tmp_path}/x.zip: not a zip, or a damaged one (File is not a zip file); {EXPECTED}",
        tmp_path / "x.zip",
    )


def test_names_in_a_zip_that_point_elsewhere_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("../a.png", png())
    with pytest.raises(InputError, match=r"x.zip: unsafe name '../a.png' in the zip"):
        read(tmp_path / "x.zip")


def test_an_npz_without_images_is_told_what_it_should_hold(tmp_path):
    np.savez(tmp_path / "x.npz", X=np.zeros((1, 8, 8, 3), np.uint8))
    with pytest.raises(InputError, match="holds the arrays X; expected one called images or data"):
        read(tmp_path / "x.npz")


def test_two_images_of_one_name_are_refused(folder, tmp_path):
    other = save(tmp_path / "other" / "b.png")
    refused(
        f"{folder}: b.png and {other} would both be called b.png; expected names that differ: name one "
        "folder that holds both, or give a call to each",
        folder,
        other,
    )


# How they are made to fit


def test_pixels_of_an_image_that_fits_are_those_that_pillow_decodes(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.jpg")
    np.testing.assert_array_equal(
        read(tmp_path / "a.jpg").images[0], np.asarray(Image.open(tmp_path / "a.jpg"))
    )


def test_of_another_size_the_middle_square_is_taken_and_resized_and_that_is_told(tmp_path):
    wide = picture(GREEN, (80, 20))
    wide.paste(RED, (0, 0, 20, 20))  # the square is that from 30 to 50, and sharp to 5 pixels around it
    wide.paste(BLUE, (60, 0, 80, 20))
    wide.save(tmp_path / "wide.png")
    save(tmp_path / "small.png", BLUE, (4, 4))
    save(tmp_path / "fits.png", RED)
    said = []
    found = read(*(tmp_path / name for name in ("fits.png", "small.png", "wide.png")), said=said)
    for image, colour in zip(found.images, (RED, BLUE, GREEN), strict=True):
        assert (image == colour).all()
    assert said == [
        "2 of 3 images are not 8x8 pixels, as those that were trained on (small.png 4x4, wide.png 80x20): "
        "the middle square of each is taken and resized"
    ]


def test_many_of_another_size_are_one_line(tmp_path):
    for number in range(5):
        save(tmp_path / f"{number}.png", RED, (10, 10))
    said = []
    read(tmp_path, said=said)
    assert len(said) == 1
    assert (
        "5 of 5 images are not 8x8 pixels" in said[0]
        and "0.png 10x10, 1.png 10x10, 2.png 10x10 and 2 more" in said[0]
    )


@pytest.mark.parametrize(
    "mode, kind, colour",
    [
        ("L", "grayscale", (76, 76, 76)),  # 0.299 of 255
        ("1", "black and white", (0, 0, 0)),
        ("P", "a palette image", RED),
        ("RGBA", "RGB with transparency", RED),
        ("LA", "LA", (76, 76, 76)),
        ("CMYK", "CMYK", RED),
    ],
)
def test_other_kinds_of_pixels_become_rgb_and_that_is_told(mode, kind, colour, tmp_path):
    made = picture(RED, mode=mode) if mode != "1" else Image.new("1", (SIDE, SIDE), 0)
    made.save(tmp_path / "a.tiff")
    said = []
    assert colours(read(tmp_path / "a.tiff", said=said)) == [colour]
    assert said == [
        f"1 of 1 images are not RGB, as those that were trained on (a.tiff {kind}): converted, without any "
        "transparency"
    ]


def test_what_lies_under_transparency_is_taken(tmp_path):
    Image.new("RGBA", (SIDE, SIDE), (10, 20, 30, 0)).save(tmp_path / "a.png")
    assert colours(read(tmp_path / "a.png", said=[])) == [(10, 20, 30)]


# What cannot be read


@pytest.fixture
def broken(folder):
    """The folder with three files more that are no images: cut short, a text, and 16 bits of grey."""
    whole = np.random.default_rng(0).integers(0, 256, (90, 90, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(whole).save(file, "JPEG")
    (folder / "cut.jpg").write_bytes(file.getvalue()[:2000])
    (folder / "text.png").write_text("no image")
    Image.fromarray(np.zeros((SIDE, SIDE), np.uint16)).save(folder / "deep.png")
    return folder


def named(folder):
    return [
        f"{folder}: cut.jpg is a damaged image (image file is truncated (",
        f"{folder}: deep.png is I;16, expected RGB; convert it to RGB or remove it",
        f"{folder}: text.png is no image, expected one of JPEG, PNG, BMP, TIFF, WEBP; ",
    ]


def test_each_image_that_cannot_be_read_is_named_and_nothing_is_given(broken):
    said = []
    refused(
        "3 of 6 images cannot be read, see above; nothing was written: mend or remove them, or leave them "
        "out with --skip-unreadable",
        broken,
        said=said,
    )
    assert len(said) == 3
    for line, beginning in zip(said, named(broken), strict=True):
        assert line.startswith(beginning)


def test_they_can_be_left_out_and_are_named_all_the_same(broken):
    said = []
    found = read(broken, skip_unreadable=True, said=said)
    assert (found.names, colours(found)) == (("A.PNG", "b.png", "sub/deep/a.png"), [RED, GREEN, BLUE])
    assert found.images.shape == (3, SIDE, SIDE, 3)
    assert [line.partition(" is ")[0] for line in said] == [
        f"{broken}: {name}" for name in ("cut.jpg", "deep.png", "text.png")
    ]


def test_left_out_images_are_not_said_to_be_of_another_size(broken):
    save(broken / "small.png", RED, (4, 4))
    said = []
    read(broken, skip_unreadable=True, said=said)
    assert said[-1].startswith(
        "1 of 4 images are not 8x8 pixels, as those that were trained on (small.png 4x4)"
    )


def test_where_all_are_left_out_there_is_nothing_to_answer(tmp_path):
    (tmp_path / "text.png").write_text("no image")
    refused(
        f"not one of 1 images can be read, see above; {EXPECTED}",
        tmp_path / "text.png",
        skip_unreadable=True,
        said=[],
    )


def test_a_damaged_file_in_a_zip_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.png", png())
        archive.writestr("b.png", png(GREEN))
    content = (tmp_path / "x.zip").read_bytes()
    (tmp_path / "x.zip").write_bytes(content.replace(png(GREEN), png(GREEN)[:-1] + b"?"))
    said = []
    assert read(tmp_path / "x.zip", skip_unreadable=True, said=said).names == ("a.png",)
    assert said[0].startswith(f"{tmp_path}/x.zip: b.png cannot be read (Bad CRC-32 for file 'b.png')")
