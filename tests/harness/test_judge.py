"""From a zip to its verdict: which images are scored, classes by name, what a defect or Ctrl-C leaves."""

import numpy as np
import pytest
from judging import CODALAB, check, codes, judge, told
from submissions import making

from plants.data import splits
from plants.data.dataset import Dataset
from plants.errors import InputError
from plants.harness.checks import contract
from plants.harness.examples import Examples
from plants.harness.judge import judge_zip
from plants.harness.options import JudgeOptions
from plants.harness.run import session

OPTIONS = JudgeOptions(CODALAB)


def test_check_alone_scores_nothing_and_runs_nothing(tmp_path):
    path = making.good(tmp_path / "a.zip", model__py="1 / 0\n" + making.MODEL)
    result = check(path)
    assert (result.verdict, result.scores, result.isolation, set(result.timing)) == (
        "accepted",
        {},
        [],
        {"check"},
    )


def test_images_that_were_trained_on_are_counted(tmp_path):
    dataset = making.dataset()
    manifest = making.manifest(dataset, trained_on=[0, 5, 7])
    result = judge(making.good(tmp_path / "a.zip", manifest__json=manifest))
    (fault,) = result.faults
    assert (fault.code, fault.level, fault.file) == ("SEM04", "warning", "manifest.json")
    assert fault.message == "Of 30 scored images 3 were trained on: the score is not an estimate."
    assert "--split test" in fault.remedy
    assert (result.verdict, result.scores["accuracy"], result.notes) == ("accepted", 0.9, [])


def test_a_class_of_the_zip_that_the_data_lacks_has_its_number_in_sorted_order(tmp_path):
    manifest = making.manifest(making.dataset(), class_names=["Ash", "Bay", "Birch", "Cedar"])
    model = making.MODEL.replace(making.RETURN, "return np.array([0, 2, 3])[X[:, 0, 0, 0].astype(int)]")
    result = judge(making.good(tmp_path / "a.zip", model__py=model, manifest__json=manifest))
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    counts = {row["name"]: row["n"] for row in result.scores["per_class"]}
    assert list(counts.items()) == [("Ash", 10), ("Bay", 0), ("Birch", 10), ("Cedar", 10)]
    assert result.scores["macro_f1"] == pytest.approx(0.9)


def test_another_order_of_classes_in_the_manifest_changes_no_number(tmp_path):
    """Answers that fit the manifest only: 0 and 2 are swapped, and a third of 27 right ones is left."""
    manifest = making.manifest(making.dataset(), class_names=["Cedar", "Birch", "Ash"])
    model = making.MODEL.replace(making.RETURN, "return 2 - X[:, 0, 0, 0].astype(int)")
    result = judge(making.good(tmp_path / "a.zip", model__py=model, manifest__json=manifest))
    assert [row["name"] for row in result.scores["per_class"]] == ["Ash", "Birch", "Cedar"]
    assert codes(result) == ["SEM02"] and "Swapping classes 0<->2 gives 90.0 %" in result.faults[0].message


def test_data_with_a_class_that_the_zip_does_not_know_is_bad_input(tmp_path):
    manifest = making.manifest(making.dataset(), class_names=["Ash", "Birch", "Oak"])
    expected = r"test images: class 'Cedar' is none of the zip's \(Ash, Birch, Oak\); score with --data"
    with pytest.raises(InputError, match=expected):
        judge(making.good(tmp_path / "a.zip", manifest__json=manifest))


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
    result = judge_zip(path, examples, OPTIONS)
    # 15 % of 20 images of each class; none of them is in the training part.
    assert (told(result), result.notes, result.scores["n"]) == ([], [], 9)
    # Under another seed some of them are.
    path = making.good(
        tmp_path / "b.zip",
        manifest__json=making.manifest(dataset, seed=0, trained_on=split.training, split_hash=split.hash),
    )
    assert codes(judge_zip(path, examples, OPTIONS)) == ["SEM04"]


def test_split_of_other_images_is_noted(tmp_path):
    dataset = many_images()
    path = making.good(tmp_path / "a.zip", manifest__json=making.manifest(dataset))
    (note,) = judge_zip(path, Examples(dataset, "test"), OPTIONS).notes
    assert "the split of many is not the one the zip was trained with" in note


def test_split_is_not_compared_where_nothing_was_held_out(tmp_path):
    dataset = many_images()
    path = making.good(tmp_path / "a.zip", manifest__json=making.manifest(dataset, holdout=0))
    assert judge_zip(path, Examples(dataset, "test"), OPTIONS).notes == []


@pytest.mark.parametrize("name, what", [("gone.zip", "no such file"), ("", "a folder")])
def test_zip_that_is_no_file_is_bad_input(name, what, tmp_path):
    with pytest.raises(InputError, match=f"{tmp_path / name}: {what}; expected a zip"):
        judge(tmp_path / name)


def test_defect_of_the_harness_is_not_blamed_on_the_zip(tmp_path, monkeypatch):
    monkeypatch.setattr(contract, "faults_of", lambda *_: [][0])
    result = judge(making.good(tmp_path / "a.zip"))
    assert (result.verdict, codes(result)) == ("harness_error", ["HAR02"])
    assert (
        "Harness problem, not yours: IndexError: list index out of range in test_judge.py"
        in result.faults[0].message
    )


def test_an_interrupt_keeps_the_seconds_of_all_phases_up_to_it(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(session.Session, "predict", interrupted)
    result = judge(making.good(tmp_path / "a.zip"))
    assert result.interrupted and list(result.timing) == ["check", "unpack", "start", "import", "init"]
