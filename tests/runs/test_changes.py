"""In what two trainings differ, in words."""

import pytest

from plants.runs.changes import record_changes


@pytest.mark.parametrize(
    "change, said",
    [
        ({"seed": 3}, ["seed (0, now 3)"]),
        ({"recipe": {"dropout": 0.3, "summary": "new"}}, ["dropout (0.1, now 0.3)", "views (2, now 1)"]),
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


@pytest.mark.parametrize("value, said", [("on", []), ("off", ["near_copies (on, now off)"])])
def test_a_record_from_before_a_field_was_had_its_default(value, said):
    old = {"recipe": {"views": 2}, "seed": 0}
    assert record_changes(old, {"recipe": {"views": 2, "near_copies": value}, "seed": 0}) == said
