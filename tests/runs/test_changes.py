"""In what two trainings differ, in words."""

import json

import pytest

from plants.recipes import catalog
from plants.recipes.overrides import override
from plants.recipes.recipe import from_dict, to_dict
from plants.runs.changes import record_changes


@pytest.mark.parametrize(
    "change, said",
    [
        ({"seed": 3}, ["seed (0, now 3)"]),
        ({"recipe": {"dropout": 0.3, "summary": "new"}}, ["dropout (0.1, now 0.3)", "views (2, now None)"]),
        ({"data": {"content_hash": "b"}, "split": {"hash": "c"}}, ["its images", "its split"]),
        ({"fold": {"index": 0}}, ["its fold or classes"]),
        ({"class_names": ["moss", "fern"]}, ["its fold or classes"]),  # in another order
        ({}, []),
    ],
)
def test_what_two_records_differ_in_is_said_in_words(change, said):
    record = {
        "recipe": {"dropout": 0.1, "views": 2, "summary": "old"},
        "seed": 0,
        "data": {"content_hash": "a", "source": "here"},
        "split": {"hash": "a"},
        "class_names": ["fern", "moss"],
    }
    assert record_changes(record, record | change) == said


LATER = {
    "phases": ("strength", "mixed_epochs", "ema", "soup"),
    "recipe": ("mixing_share", "logit_adjustment", "near_copies"),
}


def older(recipe):
    """A recipe as a record of before some fields has it."""
    values = json.loads(json.dumps(to_dict(recipe)))
    for phase in values["phases"]:
        for name in LATER["phases"]:
            del phase[name]
    for name in LATER["recipe"]:
        del values[name]
    return values


@pytest.mark.parametrize("name", ["default", "smoke", "one-vs-rest"])
def test_a_record_of_before_some_fields_is_of_the_same_training(name):
    recipe = catalog.by_name(name)
    there, now = {"recipe": older(recipe), "seed": 0}, {"recipe": to_dict(recipe), "seed": 0}
    assert from_dict(older(recipe)) == recipe
    assert record_changes(there, now) == []
    changed = override(recipe, "phases.1.ema=0.99", "dropout=0.7")
    said = record_changes(there, {"recipe": to_dict(changed), "seed": 0})
    assert [text.split(" ")[0] for text in said] == ["phases", "dropout"]
