"""A picture under several labels has none that can be believed: it is named, and left out of everything."""

import time

import numpy as np
import pytest
from array_files import npz, small_images
from drawn_images import noise
from PIL import Image

from plants.data.dataset import load
from plants.data.splits import split, without_holdout
from plants.errors import InputError


def save(root, files):
    for name, image in files.items():
        path = root / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return root


def honest(classes=("ash", "birch", "cedar"), n=8):
    return {f"{name}/{i}": noise(name, i) for name in classes for i in range(n)}


def test_one_picture_in_every_class_is_counted_named_and_left_out(tmp_path):
    jokes = {f"{name}/joke{i}": noise("joke") for name in ("ash", "birch", "cedar") for i in range(10)}
    read = load(save(tmp_path / "X", honest() | jokes))
    assert read.remarks == (
        "X: 1 picture is there 30 times under 3 labels (ash/joke0.png, ash/joke1.png, ash/joke2.png, ...): "
        "no label of these can be believed, so they are left out of all that follows",
    )
    plain = load(save(tmp_path / "plain", honest()))
    assert read.names == plain.names
    assert read.content_hash == plain.content_hash
    assert split(read).hash == split(plain).hash
    assert without_holdout(read).hash == without_holdout(plain).hash


def test_several_pictures_are_told_of_in_one_line(tmp_path):
    one, two = noise(1), noise(2)
    files = {"ash/a": one, "birch/a": one, "ash/b": two, "birch/b": two, "cedar/b": two}
    read = load(save(tmp_path / "X", honest() | files))
    [remark] = read.remarks
    assert remark.startswith(
        "X: 2 pictures are there 5 times under up to 3 labels (ash/a.png, ash/b.png, birch/a.png, ...): "
    )
    assert len(read) == 24


def test_copies_under_one_label_stay(tmp_path):
    copies = {f"ash/copy{i}": noise("ash", 0) for i in range(5)}
    read = load(save(tmp_path / "X", honest() | copies))
    assert len(read) == 29
    assert read.remarks == ()


def test_images_that_differ_in_one_value_are_no_copies(tmp_path):
    other = noise("ash", 0).copy()
    other[5, 5, 0] ^= 1
    assert len(load(save(tmp_path / "X", honest() | {"birch/x": other}))) == 25


def test_a_class_of_nothing_else_is_refused(tmp_path):
    files = honest(("ash", "birch")) | {"cedar/0": noise("ash", 0), "cedar/1": noise("ash", 1)}
    message = (
        r"X: 2 pictures are there 4 times under up to 2 labels \(ash/0.png, ash/1.png, cedar/0.png, ...\), "
        "and class cedar holds nothing else; expected each picture under one label: remove the wrong ones"
    )
    with pytest.raises(InputError, match=message):
        load(save(tmp_path / "X", files))


def test_in_an_npz_the_rows_are_named_and_thousands_of_copies_take_no_time(tmp_path):
    n = 20_000
    images = small_images(41)
    images = np.concatenate([images[:40], np.repeat(images[40:], n, axis=0)])
    labels = np.concatenate([np.arange(40) % 8, np.arange(n) % 8])
    path = npz(tmp_path / "X.npz", images=images, labels=labels)
    start = time.process_time()
    read = load(path)
    assert time.process_time() - start < 10  # a second or so; minutes if each were compared with each
    assert len(read) == 40
    assert "1 picture is there 20000 times under 8 labels (0/00040, 1/00041, 2/00042, ...)" in read.remarks[1]


def test_the_contests_images_have_no_contradictions(contest_dataset):
    assert contest_dataset.remarks == ()
