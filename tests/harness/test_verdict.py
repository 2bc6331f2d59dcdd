"""From the run's answers to the record: classes by name, training images, every key of --json."""

import json

import numpy as np
import pytest
from judging import CODALAB, codes, judge, told
from submissions import making

from plants.data import splits
from plants.data.dataset import Dataset
from plants.errors import InputError
from plants.harness import verdict
from plants.harness.examples import Examples
from plants.harness.run import session

KEYS = {
    "verdict",
    "faults",
    "n",
    "accuracy",
    "macro_f1",
    "ci95",
    "per_class",
    "confusion",
    "seconds",
    "timing",
    "peak_rss_mb",
    "zip_sha256",
    "isolation",
    "profile",
    "versions",
}
# sha256 of the empty string.
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_accepted_zip_has_every_key_of_the_record(tmp_path):
    record = judge(making.good(tmp_path / "a.zip")).to_dict()
    assert record.keys() >= KEYS
    assert (record["verdict"], record["faults"], record["n"]) == ("accepted", [], 30)
    # 27 of 30 are right; one label of each class is wrong, and each class is once answered wrongly.
    assert record["accuracy"] == 0.9 and record["macro_f1"] == pytest.approx(0.9)
    assert record["confusion"] == [[9, 1, 0], [0, 9, 1], [1, 0, 9]]
    assert [row["name"] for row in record["per_class"]] == ["Ash", "Birch", "Cedar"]
    assert record["profile"] == "codalab-2022" and record["versions"]["numpy"] == np.__version__
    json.dumps(record, allow_nan=False)


def test_rejected_zip_has_every_key_too_with_null_for_the_scores(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"")
    record = judge(path).to_dict()
    assert record.keys() >= KEYS
    assert record["verdict"] == "rejected"
    assert {record[key] for key in ("n", "accuracy", "macro_f1", "ci95", "peak_rss_mb")} == {None}
    assert record["per_class"] == record["confusion"] == record["isolation"] == []
    assert record["zip_sha256"] == EMPTY
    (fault,) = record["faults"]
    assert fault.keys() == {"code", "level", "message", "file", "line", "cause", "remedy"}
    assert (fault["code"], fault["level"], fault["file"], fault["line"]) == ("ZIP01", "reject", None, None)


def test_check_alone_scores_nothing_and_runs_nothing(tmp_path):
    path = making.good(tmp_path / "a.zip", model__py="1 / 0\n" + making.MODEL)
    result = verdict.judge(path, None, profile=CODALAB)
    assert (result.verdict, result.scores, result.isolation, set(result.timing)) == (
        "accepted",
        {},
        [],
        {"check"},
    )


def test_images_that_were_trained_on_are_counted(tmp_path):
    dataset = making.dataset()
    claims = making.manifest(dataset, trained_on=[0, 5, 7])
    result = judge(making.good(tmp_path / "a.zip", manifest__json=claims))
    (fault,) = result.faults
    assert (fault.code, fault.level, fault.file) == ("SEM04", "warning", "manifest.json")
    assert fault.message == "Of 30 scored images 3 were trained on: the score is not an estimate."
    assert "--split test" in fault.remedy
    assert (result.verdict, result.scores["accuracy"], result.notes) == ("accepted", 0.9, [])


def test_a_class_of_the_zip_that_the_data_lacks_has_its_number_in_sorted_order(tmp_path):
    claims = making.manifest(making.dataset(), class_names=["Ash", "Bay", "Birch", "Cedar"])
    model = making.MODEL.replace(making.RETURN, "return np.array([0, 2, 3])[X[:, 0, 0, 0].astype(int)]")
    result = judge(making.good(tmp_path / "a.zip", model__py=model, manifest__json=claims))
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    counts = {row["name"]: row["n"] for row in result.scores["per_class"]}
    assert list(counts.items()) == [("Ash", 10), ("Bay", 0), ("Birch", 10), ("Cedar", 10)]
    assert result.scores["macro_f1"] == pytest.approx(0.9)


def test_another_order_of_classes_in_the_manifest_changes_no_number(tmp_path):
    """Answers that fit the manifest only: 0 and 2 are swapped, and a third of 27 right ones is left."""
    claims = making.manifest(making.dataset(), class_names=["Cedar", "Birch", "Ash"])
    model = making.MODEL.replace(making.RETURN, "return 2 - X[:, 0, 0, 0].astype(int)")
    result = judge(making.good(tmp_path / "a.zip", model__py=model, manifest__json=claims))
    assert [row["name"] for row in result.scores["per_class"]] == ["Ash", "Birch", "Cedar"]
    assert codes(result) == ["SEM02"] and "Swapping classes 0<->2 gives 90.0 %" in result.faults[0].message


def test_data_with_a_class_that_the_zip_does_not_know_is_bad_input(tmp_path):
    claims = making.manifest(making.dataset(), class_names=["Ash", "Birch", "Oak"])
    expected = r"test images: class 'Cedar' is none of the zip's \(Ash, Birch, Oak\); score with --data"
    with pytest.raises(InputError, match=expected):
        judge(making.good(tmp_path / "a.zip", manifest__json=claims))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        "3",
        '{"format": 1}',
        "[" * 100_000,
        '{"format": 2, "class_names": ["a", "b"], "split": {}, "training_images": {"pixel_sha256": []}}',
        '{"format": 1, "class_names": ["a", "b"], "split": {"hash": 1, "seed": 0, "holdout": 0}, '
        '"training_images": {"pixel_sha256": []}}',
        b"\xff\xfe",
        '{"format": 1, "class_names": ["a", "\\ud800"], "split": {"hash": "", "seed": 0, "holdout": 0}, '
        '"training_images": {"pixel_sha256": []}}',
    ],
)
def test_manifest_that_is_not_ours_is_no_manifest(text, tmp_path):
    result = judge(making.good(tmp_path / "a.zip", manifest__json=text))
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    assert result.notes == ["manifest.json is not one of build_submission.py: scored as if without"]


def many_images():
    """60 images of three classes, no two alike, the answer in the first pixel."""
    rng = np.random.default_rng(3)
    labels = np.arange(60) % 3
    images = rng.integers(0, 256, (60, 96, 96, 3), np.uint8)
    images[:, 0, 0, 0] = labels
    names = tuple(map(str, range(60)))
    return Dataset(images=images, labels=labels, class_names=making.CLASS_NAMES, names=names, source="many")


def test_held_out_part_is_scored_by_the_seed_in_the_manifest(tmp_path):
    dataset = many_images()
    examples = Examples(dataset, "test")
    split = splits.split(dataset, 5)
    path = making.good(
        tmp_path / "a.zip",
        manifest__json=making.manifest(dataset, seed=5, trained_on=split.training, split_hash=split.hash),
    )
    result = verdict.judge(path, examples, profile=CODALAB)
    # 15 % of 20 images of each class; none of them is in the training part.
    assert (told(result), result.notes, result.scores["n"]) == ([], [], 9)
    # Under another seed some of them are.
    path = making.good(
        tmp_path / "b.zip",
        manifest__json=making.manifest(dataset, seed=0, trained_on=split.training, split_hash=split.hash),
    )
    assert codes(verdict.judge(path, examples, profile=CODALAB)) == ["SEM04"]


def test_split_of_other_images_is_noted(tmp_path):
    dataset = many_images()
    path = making.good(tmp_path / "a.zip", manifest__json=making.manifest(dataset))
    (note,) = verdict.judge(path, Examples(dataset, "test"), profile=CODALAB).notes
    assert "the split of many is not the one the zip was trained with" in note


def test_split_is_not_compared_where_nothing_was_held_out(tmp_path):
    dataset = many_images()
    path = making.good(tmp_path / "a.zip", manifest__json=making.manifest(dataset, holdout=0))
    assert verdict.judge(path, Examples(dataset, "test"), profile=CODALAB).notes == []


@pytest.mark.parametrize("name, what", [("gone.zip", "no such file"), ("", "a folder")])
def test_zip_that_is_no_file_is_bad_input(name, what, tmp_path):
    with pytest.raises(InputError, match=f"{tmp_path / name}: {what}; expected a zip"):
        judge(tmp_path / name)


def test_defect_of_the_harness_is_not_blamed_on_the_zip(tmp_path, monkeypatch):
    monkeypatch.setattr(verdict.contract, "faults_of", lambda *_: [][0])
    result = judge(making.good(tmp_path / "a.zip"))
    assert (result.verdict, codes(result)) == ("harness_error", ["HAR02"])
    assert (
        "Harness problem, not yours: IndexError: list index out of range in test_verdict.py"
        in result.faults[0].message
    )


def test_an_interrupt_keeps_the_seconds_of_all_phases_up_to_it(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(session.Session, "predict", interrupted)
    result = judge(making.good(tmp_path / "a.zip"))
    assert result.interrupted and list(result.timing) == ["check", "unpack", "start", "import", "init"]


def test_an_interrupt_that_a_library_turned_into_another_error_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(verdict.interruption, "_came", [True])
    found = verdict.unjudged(making.good(tmp_path / "a.zip"), CODALAB, ImportError("initialization failed"))
    assert found.interrupted and "interrupted" in found.faults[0].message
