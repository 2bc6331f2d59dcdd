"""What a zip of ours says of itself: what is read of it, and what is not believed."""

import json

import pytest
from submissions import making

from plants.harness.checks import read_manifest, zip_checks
from plants.harness.profiles import PROFILES


def read(tmp_path, **changes):
    """(Manifest or None, notes) of a zip whose manifest says that images 0 and 1 were trained on."""
    text = json.dumps(json.loads(making.manifest(making.dataset(), trained_on=[0, 1])) | changes)
    archive, _ = zip_checks.open_archive(
        making.good(tmp_path / "a.zip", manifest__json=text), PROFILES["codalab-2022"]
    )
    try:
        return read_manifest.read(archive)
    finally:
        archive.close()


def trained_on(*perceptual):
    return {"pixel_sha256": list(making.dataset().pixel_sha256[:2]), "perceptual_hash": list(perceptual)}


def test_images_trained_on_come_with_their_perceptual_hashes(tmp_path):
    found, notes = read(tmp_path, training_images=trained_on("0123456789abcdef", "no hash"))
    first, second = making.dataset().pixel_sha256[:2]
    assert found.training_images == {first: "0123456789abcdef", second: ""}
    assert notes == []


def test_older_manifests_without_perceptual_hashes_and_scores_are_read(tmp_path):
    found, _ = read(tmp_path)
    assert set(found.training_images.values()) == {""}
    assert found.validation is None


@pytest.mark.parametrize("scores", [None, {"validation": None, "held_out": None}])
def test_nothing_was_validated_on(scores, tmp_path):
    assert read(tmp_path, scores=scores)[0].validation is None


def test_validation_score_is_number_of_images_and_accuracy(tmp_path):
    scores = {"validation": {"n": 452, "accuracy": 0.875}, "held_out": None}
    assert read(tmp_path, scores=scores)[0].validation == (452, 0.875)


@pytest.mark.parametrize(
    "changes",
    [
        {"training_images": trained_on("0123456789abcdef")},  # one of two
        {"training_images": trained_on("0123456789abcdef", 3)},
        {"scores": {"validation": {"n": 0, "accuracy": 0.5}}},
        {"scores": {"validation": {"n": 452, "accuracy": 1.5}}},
        {"scores": {"validation": {"n": 452, "accuracy": float("nan")}}},
        {"scores": {"validation": {"n": "452", "accuracy": 0.5}}},
        {"scores": {"validation": 0.9}},
        {"scores": ["validation"]},
    ],
)
def test_what_cannot_be_true_makes_it_no_manifest(changes, tmp_path):
    found, notes = read(tmp_path, **changes)
    assert found is None
    assert notes == ["manifest.json is not one of build_submission.py: scored as if without"]


def test_decomposed_names_of_classes_are_read_as_composed_ones(tmp_path):
    found, _ = read(tmp_path, class_names=["Varieta\u0300", "A\u0308hre", "fern"])
    assert found.class_names == ("Variet\u00e0", "\u00c4hre", "fern")


def test_names_of_classes_that_are_one_in_unicode_make_it_no_manifest(tmp_path):
    assert read(tmp_path, class_names=["Variet\u00e0", "Varieta\u0300"])[0] is None


@pytest.mark.parametrize(
    "split, near_copies",
    [({}, "on"), ({"near_copies": "on"}, "on"), ({"near_copies": "off"}, "off")],
    ids=["older", "on", "off"],
)
def test_whether_the_split_kept_near_copies_together_is_read(split, near_copies, tmp_path):
    found, _ = read(tmp_path, split={"hash": "0" * 64, "seed": 0, "holdout": 0.15} | split)
    assert found.near_copies == near_copies
