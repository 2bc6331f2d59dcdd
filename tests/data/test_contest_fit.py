"""Which class gets which number: the contest's order, and what happens to data that is not the contest's."""

import dataclasses

import numpy as np
import pytest
from drawn_images import noise_classes

from plants.contests import contest as contests
from plants.contests.contest import Contest
from plants.data import sources
from plants.data.contest_fit import fit
from plants.data.sample import generate
from plants.errors import InputError

CONTEST = Contest(
    name="grove",
    title="Three trees",
    classes=("Oak", "Ash", "Elm"),
    image_side=96,
    profile="codalab-2022",
    state="open",
    upload="the zip",
)


def data(*names, place="/photos"):
    """Two images of each class, in sorted order, as a folder of class folders would give them."""
    images = noise_classes(**dict.fromkeys(sorted(names), 2))
    return dataclasses.replace(images, place=place)


def named_labels(dataset):
    return [dataset.class_names[label] for label in dataset.labels]


@pytest.mark.parametrize("demand", ["all", "some", "none"])
def test_classes_are_numbered_as_the_contest_counts_them(demand):
    before = data("Ash", "Elm", "Oak")
    after = fit(before, CONTEST, demand)
    assert after.class_names == ("Oak", "Ash", "Elm")
    assert after.labels.tolist() == [1, 1, 2, 2, 0, 0]
    assert named_labels(after) == named_labels(before)
    assert (after.contest, after.content_hash) == (CONTEST, before.content_hash)
    assert after.images is before.images


@pytest.mark.parametrize("demand", ["all", "some", "known"])
def test_numbers_stand_for_the_contests_classes(demand):
    after = fit(data("0", "1", "2"), CONTEST, demand)
    assert after.class_names == ("Oak", "Ash", "Elm")
    assert after.labels.tolist() == [0, 0, 1, 1, 2, 2]


def test_numbers_of_some_classes_stand_for_these():
    after = fit(data("2", "0"), CONTEST, "some")
    assert (after.class_names, named_labels(after)) == (("Oak", "Elm"), ["Oak", "Oak", "Elm", "Elm"])


def test_numbers_stay_numbers_where_no_contest_was_named():
    after = fit(data("0", "1", "2"), CONTEST, "none")
    assert (after.class_names, after.contest) == (("0", "1", "2"), CONTEST)


@pytest.mark.parametrize("names", [("1", "2", "3"), ("0", "00", "1"), ("-1", "0", "1"), ("²", "0", "1")])
def test_numbers_that_do_not_count_from_0_stand_for_nothing(names):
    with pytest.raises(InputError, match=r"but those of grove are Oak, Ash, Elm \(or 0 to 2\)"):
        fit(data(*names), CONTEST, "all")


def test_a_contest_whose_own_classes_are_numbers_keeps_them_as_named():
    contest = dataclasses.replace(CONTEST, classes=("2", "0", "1"))
    after = fit(data("0", "1", "2"), contest, "all")
    assert (after.class_names, after.labels.tolist()) == (("2", "0", "1"), [1, 1, 2, 2, 0, 0])


@pytest.mark.parametrize("names", [("Ash", "Fir"), ("Ash", "Elm", "Fir", "Oak"), ("ash", "elm", "oak")])
@pytest.mark.parametrize("demand", ["all", "some"])
def test_other_classes_are_refused_where_the_contest_was_named(names, demand):
    with pytest.raises(InputError, match=f"test images: the classes are {', '.join(names)}, but"):
        fit(data(*names), CONTEST, demand)


def test_a_missing_class_is_refused_for_training_and_not_for_a_score():
    assert fit(data("Elm", "Oak"), CONTEST, "some").class_names == ("Oak", "Elm")
    with pytest.raises(InputError, match="the classes are Elm, Oak, but those of grove are Oak, Ash, Elm"):
        fit(data("Elm", "Oak"), CONTEST, "all")


def test_another_size_is_refused_where_the_contest_was_named():
    contest = dataclasses.replace(CONTEST, image_side=64)
    with pytest.raises(InputError, match="images of 96x96 pixels, but those of grove have 64x64: resize"):
        fit(data("Ash", "Elm", "Oak"), contest, "some")
    assert fit(data("Ash", "Elm", "Oak"), contest).class_names == ("Oak", "Ash", "Elm")


@pytest.mark.parametrize("demand", ["known", "none"])
def test_other_classes_stay_sorted_where_no_contest_was_named(demand):
    after = fit(data("Fir", "Ash"), CONTEST, demand)
    assert (after.class_names, after.labels.tolist()) == (("Ash", "Fir"), [0, 0, 1, 1])


def test_made_images_stand_in_for_any_contest_and_stay_sorted():
    after = fit(data("Fir", "Ash", place=None), CONTEST, "all")
    assert (after.class_names, after.contest) == (("Ash", "Fir"), CONTEST)


def test_the_samples_classes_are_those_of_the_first_contest():
    assert generate.CLASS_NAMES == contests.default().classes


def test_data_is_looked_for_where_the_contest_has_it(class_folders, tmp_path, monkeypatch):
    monkeypatch.delenv("CHALLENGE_DATA", raising=False)
    contest = dataclasses.replace(
        CONTEST, classes=("moss", "fern", "daisy"), data=(tmp_path / "absent.zip", class_folders)
    )
    found = sources.open_dataset(None, contest, demand="all")
    assert (found.source, found.class_names) == ("tiny", ("moss", "fern", "daisy"))
    assert np.bincount(found.labels).tolist() == [10, 10, 10]


def test_a_contest_without_a_place_has_none_in_the_message(tiny_dataset, monkeypatch):
    monkeypatch.delenv("CHALLENGE_DATA", raising=False)
    monkeypatch.setattr(sources, "generate_sample", lambda: tiny_dataset)
    lines = []
    sources.open_dataset(None, CONTEST, demand="all", announce=lines.append)
    assert lines == ["No --data, no $CHALLENGE_DATA: using the generated sample."]


def test_the_variable_is_named_where_its_images_are_not_the_contests(class_folders, monkeypatch):
    monkeypatch.setenv("CHALLENGE_DATA", str(class_folders))
    with pytest.raises(InputError, match=r"^\$CHALLENGE_DATA: tiny: the classes are daisy, fern, moss, but "):
        sources.open_training_data(None, "an2dl-2023")
