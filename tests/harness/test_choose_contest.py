"""For which contest a zip is judged, and under which numbers its classes are scored."""

import dataclasses
import json

import numpy as np
import pytest
from judging import CODALAB, told
from submissions import making

from plants.contests import contest as contests
from plants.contests.contest import Contest
from plants.data.contest_fit import fit
from plants.errors import InputError
from plants.harness import choose_contest
from plants.harness.examples import Examples
from plants.harness.judge import judge_zip
from plants.harness.options import JudgeOptions

GROVE = Contest(
    name="grove",
    title="Three trees",
    classes=("Cedar", "Ash", "Birch"),
    image_side=96,
    profile="codabench-2024",
    state="open",
    upload="the zip",
)


def choose(asked, paths):
    """The contest alone."""
    return choose_contest.choose(asked, paths)[0]


def built_for(path, contest, **changes):
    """A zip whose manifest names a contest; `changes` replace fields of the manifest, None leaves one out."""
    manifest = json.loads(making.manifest(making.dataset()))
    manifest |= {"contest": contest and contest.to_dict()} | changes
    kept = {name: value for name, value in manifest.items() if value is not None}
    return making.good(path, manifest__json=json.dumps(kept))


def test_what_is_asked_for_beats_what_the_zip_was_built_for(tmp_path):
    path = built_for(tmp_path / "a.zip", contests.by_name("an2dl-2024"))
    assert choose("an2dl-2023", [path]) == contests.by_name("an2dl-2023")


@pytest.mark.parametrize("name", ["an2dl-2023", "an2dl-2024"])
def test_a_zip_is_judged_for_the_contest_that_it_was_built_for(tmp_path, name):
    assert choose(None, [built_for(tmp_path / "a.zip", contests.by_name(name))]) == contests.by_name(name)


def test_a_contest_of_ones_own_is_known_from_the_zip_alone(tmp_path):
    assert choose(None, [built_for(tmp_path / "a.zip", GROVE)]) == GROVE


def test_zips_from_before_there_were_contests_are_of_the_first_one(tmp_path):
    assert choose(None, [built_for(tmp_path / "a.zip", None)]) == contests.default()


def test_zips_that_do_not_say_have_no_say(tmp_path):
    (tmp_path / "broken.zip").write_bytes(b"PK nothing")
    silent = [making.good(tmp_path / "none.zip"), tmp_path / "broken.zip", tmp_path / "absent.zip", tmp_path]
    assert choose(None, silent) == contests.default()
    assert choose(None, [*silent, built_for(tmp_path / "a.zip", GROVE)]) == GROVE


@pytest.mark.parametrize(
    "contest", [{}, [], "an2dl-2024", {"name": "x"}, GROVE.to_dict() | {"profile": "mine"}], ids=str
)
def test_a_manifest_whose_contest_is_none_is_not_believed_at_all(tmp_path, contest):
    manifest = json.loads(making.manifest(making.dataset())) | {"contest": contest}
    path = making.good(tmp_path / "a.zip", manifest__json=json.dumps(manifest))
    assert choose(None, [path]) == contests.default()


def test_zips_of_different_contests_are_not_judged_together(tmp_path):
    one = built_for(tmp_path / "one.zip", GROVE)
    other = built_for(tmp_path / "other.zip", contests.by_name("an2dl-2024"))
    message = r"different contests \(.*other.zip for an2dl-2024, .*one.zip for grove\): judge them one by one"
    with pytest.raises(InputError, match=message):
        choose(None, [one, other])
    assert choose("an2dl-2022", [one, other]) == contests.default()


@pytest.mark.parametrize(
    "changes, fields",
    [
        ({"classes": ("Ash", "Cedar", "Birch")}, "classes"),
        ({"image_side": 64, "profile": "codalab-2023"}, "image_side, profile"),
    ],
)
def test_zips_of_two_contests_with_one_name_are_not_judged_together(tmp_path, changes, fields):
    one = built_for(tmp_path / "one.zip", GROVE)
    other = built_for(tmp_path / "two.zip", dataclasses.replace(GROVE, **changes))
    named = rf"\(.*one.zip for grove, .*two.zip for grove, which differ in {fields}\): judge them one by one"
    with pytest.raises(InputError, match=named):
        choose(None, [one, other])
    assert choose(None, [one, built_for(tmp_path / "same.zip", GROVE)]) == GROVE


def test_what_the_images_must_share_with_the_contest_follows_from_who_named_it(tmp_path):
    knows = built_for(tmp_path / "knows.zip", GROVE)
    sorted_classes = built_for(tmp_path / "other.zip", None)  # Ash, Birch and Cedar, for an2dl-2022
    silent = making.good(tmp_path / "silent.zip")
    demands = [choose_contest.choose(None, [path])[1] for path in (knows, sorted_classes, silent)]
    assert demands == ["known", "none", "none"]
    assert choose_contest.choose(None, [silent, knows])[1] == "known"
    assert choose_contest.choose("an2dl-2024", [knows])[1] == "some"


def judged(path, contest, dataset=None):
    """The Verdict on all images, where they are those of the contest."""
    examples = Examples(fit(dataset or making.dataset(), contest), "all")
    return judge_zip(path, examples, JudgeOptions(CODALAB))


def test_classes_are_scored_under_the_contests_numbers(tmp_path):
    model = making.MODEL.replace(making.RETURN, "return np.array([1, 2, 0])[X[:, 0, 0, 0].astype(int)]")
    result = judged(making.good(tmp_path / "a.zip", model__py=model), GROVE)
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    assert [row["name"] for row in result.scores["per_class"]] == ["Cedar", "Ash", "Birch"]


def test_a_manifest_in_another_order_changes_no_number(tmp_path):
    model = making.MODEL.replace(making.RETURN, "return np.array([1, 2, 0])[X[:, 0, 0, 0].astype(int)]")
    manifest = making.manifest(making.dataset(), class_names=["Ash", "Birch", "Cedar"])
    result = judged(making.good(tmp_path / "a.zip", model__py=model, manifest__json=manifest), GROVE)
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    assert [row["name"] for row in result.scores["per_class"]] == ["Cedar", "Ash", "Birch"]


def test_classes_that_the_data_lacks_are_counted_by_the_server_all_the_same(tmp_path):
    contest = dataclasses.replace(GROVE, classes=("Oak", "Cedar", "Ash", "Birch"))
    model = making.MODEL.replace(making.RETURN, "return np.array([2, 3, 1])[X[:, 0, 0, 0].astype(int)]")
    result = judged(making.good(tmp_path / "a.zip", model__py=model), contest)
    assert result.scores["accuracy"] == 0.9
    assert [(row["name"], row["n"]) for row in result.scores["per_class"]] == [
        *(("Oak", 0), ("Cedar", 10), ("Ash", 10), ("Birch", 10))
    ]


def test_images_of_another_size_than_the_zip_was_made_for_are_bad_data(tmp_path):
    path = built_for(tmp_path / "a.zip", GROVE, image_shape=[64, 64, 3])
    expected = "test images: images of 4x4 pixels, but the zip was made for 64x64; score with --data on the"
    with pytest.raises(InputError, match=expected):
        judged(path, GROVE)
    fitting = built_for(tmp_path / "b.zip", GROVE, image_shape=[4, 4, 3])
    assert judged(fitting, contests.default()).scores["accuracy"] == 0.9


def test_numbers_as_names_are_scored_as_the_contests_classes(tmp_path):
    numbered = making.dataset(("0", "1", "2"))
    larger = numbered.images.repeat(2, axis=1).repeat(2, axis=2)  # 8 pixels, the least that a contest has
    numbered = dataclasses.replace(numbered, images=larger, place=tmp_path / "photos")
    dataset = fit(numbered, dataclasses.replace(GROVE, image_side=8), "some")
    result = judge_zip(making.good(tmp_path / "a.zip"), Examples(dataset, "all"), JudgeOptions(CODALAB))
    assert [row["name"] for row in result.scores["per_class"]] == ["Cedar", "Ash", "Birch"]
    assert (result.scores["accuracy"], np.bincount(dataset.labels).tolist()) == (0.9, [10, 10, 10])
