"""The recipes by name and from files, and what each says of itself."""

import inspect
import json
import re

import pytest
from tiny_recipe import refused

from plants.recipes import catalog, report_ideas
from plants.recipes.overrides import override
from plants.recipes.recipe import to_dict


@pytest.mark.parametrize("name, recipe", catalog.RECIPES.items(), ids=catalog.RECIPES)
def test_recipes_of_the_catalogue_are_listed_by_one_line(name, recipe):
    assert recipe.name == name
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name)
    assert recipe.summary == recipe.summary.strip() != ""
    assert len(recipe.summary.splitlines()) == 1
    assert len(f"{name}  {recipe.summary}") <= 110


def test_the_catalogue_holds_what_the_commands_rely_on():
    assert {"default", "smoke", "report-lite0"} <= set(catalog.RECIPES)
    assert catalog.by_name("default") is catalog.RECIPES["default"]


def test_the_reports_two_phases():
    frozen, tuned = catalog.by_name("report-lite0").phases
    assert (frozen.trainable, frozen.optimizer, frozen.learning_rate, frozen.patience) == (
        "none",
        "adam",
        1e-3,
        10,
    )
    assert (tuned.trainable, tuned.optimizer, tuned.learning_rate, tuned.patience) == (
        "all",
        "adam",
        1e-5,
        30,
    )


def test_smoke_is_the_default_in_small():
    default, smoke = catalog.by_name("default"), catalog.by_name("smoke")
    assert smoke.minutes <= 1 < default.minutes
    differing = {name for name, value in vars(smoke).items() if value != getattr(default, name)}
    assert differing == {"name", "summary", "minutes", "phases", "image_size", "views"}


def test_an_unknown_recipe_is_refused_with_the_closest_name():
    refused("^no recipe 'defualt'; the closest is 'default' .all: default, ", catalog.by_name, "defualt")
    refused("^no recipe ''; the closest is ", catalog.by_name, "")


def made_by(name):
    """The function that makes a recipe of the catalogue."""
    return next(maker for maker in catalog.MAKERS if maker().name == name)


# A figure with its number of images, where it stands, or that there is none.
NONE = "none(, never run in full here| on record|, it says nothing about plants)"
SCORE = rf"(0\.\d+ on \d+ |see docs/report_claims\.md|those of `default`|{NONE})"


@pytest.mark.parametrize("name", catalog.RECIPES)
def test_every_recipe_states_source_command_cost_and_score(name):
    text = inspect.getdoc(made_by(name))
    assert re.search(r"^Source: \S", text, re.MULTILINE)
    assert re.search(rf"Run: python train\.py( --recipe {name}\b|$)", text, re.MULTILINE)
    assert re.search(r"^(Cost: \S|Cost and score: \S)", text, re.MULTILINE)
    assert re.search(rf"\b[Ss]core: {SCORE}", " ".join(text.split()))


OF_THE_REPORT = (
    *("vgg16-pad", "vgg19-pad", "efficientnetb7-pad", "efficientnetb0-pad", "efficientnetb0"),
    *("efficientnetv2b0", "efficientnetv2l", "report-lite0", "kfold", "class-weight", "class-weight-own"),
    *("oversampling", "one-vs-rest", "hierarchical"),
)


@pytest.mark.parametrize("name", OF_THE_REPORT)
def test_recipes_of_the_report_say_what_it_leaves_open(name):
    assert re.search(r"^Open in the report: \S", inspect.getdoc(made_by(name)), re.MULTILINE)


def test_the_catalogue_holds_every_system_by_name():
    ours = {"default", "smoke", "lite1", "lite2", "lite0-quick", "convnext-large"}
    assert set(catalog.RECIPES) == {*OF_THE_REPORT, *ours}


@pytest.mark.parametrize(
    "name, fields",
    [
        ("kfold", {"folds"}),
        ("class-weight", {"imbalance"}),
        ("class-weight-own", {"imbalance"}),
        ("oversampling", {"imbalance"}),
        ("one-vs-rest", {"composition"}),
        ("hierarchical", {"composition", "bundles"}),
    ],
)
def test_what_the_report_tried_on_top_is_plain_lite0_but_for_that(name, fields):
    recipe, ours = catalog.by_name(name), report_ideas.LITE0
    differing = {field for field, value in vars(recipe).items() if value != getattr(ours, field)}
    assert differing - {"name", "summary", "minutes"} == fields


def test_the_winners_phases_and_views():
    winner = catalog.by_name("convnext-large")
    assert [phase.learning_rate for phase in winner.phases] == [1e-3, 5.2e-5]
    assert (winner.mixing, winner.imbalance, winner.image_size) == ("either", "own-weight", 96)


def test_a_recipe_file_is_a_recipe_of_its_own(tmp_path):
    recipe = override(catalog.by_name("smoke"), "name=best-of-all", "head=8,4")
    (tmp_path / "best.json").write_text(json.dumps(to_dict(recipe)))
    assert catalog.by_name(str(tmp_path / "best.json")) == recipe


@pytest.mark.parametrize(
    "content, message",
    [
        (None, "best.json: .*No such file.*; expected JSON such as search.py writes"),
        ("{", "best.json: .*; expected JSON such as search.py writes"),
        ("[]", "best.json: expected an object of recipe fields; see search.py"),
        ('{"colour": 1}', "best.json: no recipe field 'colour'"),
        ("{}", "best.json: no complete recipe"),
        ('{"minutes": ' + "[" * 100_000, "best.json: maximum recursion .*; expected JSON such as search.py"),
    ],
)
def test_a_file_that_holds_no_recipe_is_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "best.json").write_text(content)
    refused(f"^recipe file .*{message}", catalog.by_name, str(tmp_path / "best.json"))
