"""Doubts of a score that stands: images that were trained on, exactly or nearly."""

import numpy as np
import pytest
from drawn_images import blotches

from plants.data.dataset import Dataset
from plants.harness.checks.read_manifest import Manifest
from plants.harness.scoring import leakage


def dataset(images):
    count = len(images)
    return Dataset(
        images=np.stack(images),
        labels=np.zeros(count, np.int64),
        class_names=("Ash", "Birch"),
        names=tuple(map(str, range(count))),
        source="test",
    )


def manifest(trained_on):
    """A manifest that lists the images of a Dataset."""
    hashes = dict(zip(trained_on.pixel_sha256, trained_on.perceptual_hashes, strict=True))
    return Manifest(("Ash", "Birch"), "", 0, 0.15, hashes)


@pytest.fixture(scope="module")
def scenes():
    """Five images of other scenes, and a copy of the first, a little darker: 10 of 255 and another hash."""
    rng = np.random.default_rng(5)
    images = [blotches(rng, (0.9, 0.9, 0.9)) for _ in range(5)]
    return images, images[0] - np.minimum(images[0], 10)


def told(scored, trained_on, known):
    return [found.message for found in leakage.overlap(scored, manifest(trained_on), known)]


def test_near_copies_of_images_trained_on_are_counted(scenes):
    images, darker = scenes
    scored, trained_on = dataset([darker, images[1], images[2]]), dataset([images[0], images[3]])
    expected = ["Of 3 scored images 1 are near-copies of images trained on: the score is not an estimate."]
    assert told(scored, trained_on, dataset(images)) == expected
    assert told(scored, trained_on, scored) == expected  # the image trained on is not at hand: by the hash


def test_exact_and_near_copies_are_counted_apart(scenes):
    images, darker = scenes
    scored, trained_on = dataset([darker, images[1], images[2]]), dataset([images[0], images[2]])
    assert told(scored, trained_on, dataset(images)) == [
        "Of 3 scored images 1 were trained on and 1 are near-copies of images trained on: "
        "the score is not an estimate."
    ]


def test_image_of_the_same_hash_but_another_colour_is_no_copy(scenes):
    images, _ = scenes
    red, blue = (images[0] * np.array([1, 0, 0], np.uint8), images[0] * np.array([0, 0, 1], np.uint8))
    scored, trained_on = dataset([red]), dataset([blue])
    distance = int(scored.perceptual_hashes[0], 16) ^ int(trained_on.perceptual_hashes[0], 16)
    assert distance.bit_count() <= 8 and np.abs(red.astype(int) - blue).mean() > 40
    assert told(scored, trained_on, dataset([red, blue])) == []


def test_other_scenes_are_no_copies(scenes):
    images, _ = scenes
    assert told(dataset(images[:2]), dataset(images[2:]), dataset(images)) == []


def test_zip_that_lists_no_hashes_is_judged_by_pixels_alone(scenes):
    images, darker = scenes
    scored = dataset([darker, images[1]])
    listed = Manifest(("Ash", "Birch"), "", 0, 0.15, {scored.pixel_sha256[1]: ""})
    (found,) = leakage.overlap(scored, listed, dataset(images))
    assert found.message == "Of 2 scored images 1 were trained on: the score is not an estimate."
    assert leakage.overlap(scored, None, dataset(images)) == []


def test_a_hash_alone_tells_nothing_where_other_pictures_have_it_too():
    red, blue, green = (
        np.full((96, 96, 3), colour, np.uint8) for colour in ((200, 0, 0), (0, 0, 200), (0, 200, 0))
    )
    trained_on = dataset([green])  # which is not at hand; plain surfaces have one hash
    assert told(dataset([red]), trained_on, dataset([red, blue])) == []
    assert told(dataset([red]), trained_on, dataset([red])) == [
        "Of 1 scored images 1 are near-copies of images trained on: the score is not an estimate."
    ]


def test_a_shifted_copy_is_found_though_its_hash_is_another(scenes):
    images, _ = scenes
    moved = np.pad(images[0], ((0, 3), (3, 0), (0, 0)), mode="edge")[3:, :-3]
    expected = ["Of 1 scored images 1 are near-copies of images trained on: the score is not an estimate."]
    assert told(dataset([moved]), dataset(images[:2]), dataset([*images, moved])) == expected
