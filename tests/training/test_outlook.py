"""What is said before a training: how long it takes, and on how many images."""

import dataclasses
from types import SimpleNamespace

import pytest
from single_runs import RECIPE

from plants.contests.contest import Contest
from plants.data.contest_fit import fit
from plants.recipes import catalog
from plants.recipes.recipe import MEASURED_ON
from plants.training import outlook


@pytest.mark.parametrize(
    "changed, minutes",
    [({}, 60.0), ({"image_size": 64}, 4 * 60.0), ({"epochs": 30}, 3 * 60.0)],
)
def test_the_expected_time_follows_epochs_and_image_size(monkeypatch, changed, minutes):
    measured = dataclasses.replace(
        RECIPE, minutes=60.0, phases=(dataclasses.replace(RECIPE.phases[1], epochs=10, image_size=32),)
    )
    monkeypatch.setitem(catalog.RECIPES, RECIPE.name, measured)
    asked = dataclasses.replace(measured, phases=(dataclasses.replace(measured.phases[0], **changed),))
    assert outlook.expected_seconds(asked, MEASURED_ON) == pytest.approx(60 * minutes)


@pytest.mark.parametrize("folds, n", [(0, 70), (2, 42), (5, 68)])
def test_a_net_of_folds_trains_on_all_folds_but_its_own(folds, n):
    recipe = dataclasses.replace(RECIPE, folds=folds)
    assert outlook.images_per_net(recipe, 70, 15) == n  # of 85: half, four fifths


def test_what_a_plan_takes_follows_the_images_that_its_nets_train_on(monkeypatch):
    monkeypatch.setattr(outlook, "expected_seconds", lambda recipe, n: n)
    task = SimpleNamespace(split=SimpleNamespace(training=range(700), validation=range(150)))
    plans = [
        SimpleNamespace(recipe=dataclasses.replace(RECIPE, folds=folds), task=task) for folds in (0, 2, 5)
    ]
    # A single net trains on 700, half of 850 or four fifths of them else.
    assert [outlook.plan_seconds(plan) for plan in plans] == [700, 425, 680]


GROVE = Contest(
    name="grove",
    title="Three plants",
    classes=("moss", "fern", "daisy"),
    image_side=96,
    profile="codalab-2022",
    state="open",
    upload="the zip",
)


@pytest.mark.parametrize(
    "changes, said",
    [
        ({}, []),
        (
            {"classes": ("moss", "fern")},
            [
                "these are not the classes of grove, so they are numbered in sorted order: --contest names "
                "another contest"
            ],
        ),
        (
            {"classes": ("oak", "moss", "fern", "elm", "daisy")},
            [
                "2 of the 5 classes of grove are missing, which its server counts: answers will be numbered "
                "otherwise"
            ],
        ),
        (
            {"image_side": 64},
            ["these images have 96x96 pixels, those of grove 64x64: --contest names another contest"],
        ),
    ],
)
def test_what_is_not_as_in_the_contest_is_said_before_the_training(tiny_dataset, changes, said):
    dataset = fit(tiny_dataset, dataclasses.replace(GROVE, **changes))
    assert list(outlook._departures(dataset)) == said
