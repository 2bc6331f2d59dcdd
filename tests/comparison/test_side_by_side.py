"""Recipes side by side: the figures of each, the tests against the first, and the page of them."""

import dataclasses
import json

import pytest
from hand_made import run
from tiny_runs import RECIPE

from plants.comparison import side_by_side, summary_page
from plants.comparison.side_by_side import ComparedRecipe
from plants.errors import InputError


def named(name, **changes):
    return dataclasses.replace(RECIPE, name=name, **changes)


@pytest.fixture
def entries(tmp_path):
    """`one` is right on 6 and 8 of 16 images with seeds 0 and 1, `two` on 12 and 12."""
    rights = {"one": ("1111110000000000", "1111111100000000"), "two": ("1111111111110000",) * 2}
    return [
        ComparedRecipe(
            name,
            tuple(
                run(tmp_path / f"{name}-seed{seed}", named(name), right, seed=seed)
                for seed, right in enumerate(own)
            ),
        )
        for name, own in rights.items()
    ]


def test_each_recipe_has_the_mean_over_its_seeds_and_their_standard_deviation(entries):
    one, two = side_by_side.summarise(entries)["recipes"]
    assert one["accuracy"] == pytest.approx(7 / 16)
    # 6/16 and 8/16 lie 1/16 to either side: variance 2 / 16^2 over 2 - 1.
    assert one["standard_deviation"] == pytest.approx(2**0.5 / 16)
    assert (two["accuracy"], two["standard_deviation"]) == (0.75, 0.0)
    assert (one["cpu_seconds"], one["seconds"], one["parameters"]) == (1050.0, 650.0, 3_000_000)
    # All are of the class "ash": F1 2 * 6 / 22 and 2 * 8 / 24; "birch" is answered, so counts with 0.
    assert one["macro_f1"] == pytest.approx((6 / 22 + 8 / 24) / 2)
    assert [own["accuracy"] for own in one["runs"]] == [6 / 16, 8 / 16]


def test_the_interval_is_that_of_the_first_seeds_answers(entries):
    # 12 of 16: centre (0.75 + z^2/32) / (1 + z^2/16) = 0.701598,
    # half-width z sqrt(0.1875/16 + z^2/1024) / (1 + z^2/16) = 0.196581.
    assert side_by_side.summarise(entries)["recipes"][1]["ci95"] == pytest.approx(
        [0.505017, 0.898179], abs=2e-6
    )


def test_the_test_takes_the_first_seeds_answers_to_the_same_images(entries):
    (test,) = side_by_side.summarise(entries)["against_first"]
    assert (test["name"], test["only_reference"], test["only_compared"]) == ("two", 0, 6)
    assert test["difference"] == pytest.approx(6 / 16)
    assert test["p"] == test["holm_p"] == pytest.approx(2 / 64)
    assert test["verdict"] == "better"


def test_with_several_recipes_holms_p_decides(entries, tmp_path):
    same = ComparedRecipe("three", (run(tmp_path / "three", named("three"), "1111111111110000"),))
    two, three = side_by_side.summarise([*entries, same])["against_first"]
    assert two["p"] == three["p"] == pytest.approx(2 / 64)
    assert two["holm_p"] == pytest.approx(4 / 64)
    assert two["verdict"] == "within noise"


def test_runs_of_other_images_are_not_paired(entries, tmp_path):
    other = ComparedRecipe("other", (run(tmp_path / "other", named("other"), "1" * 16, first=8),))
    with pytest.raises(InputError, match=r"one and other answered different images \(16 and 16, 8 in both"):
        side_by_side.summarise([*entries, other])


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"name": "tiny"}, "the recipe 'tiny' is named twice"),
        ({"holdout": 0.0}, "recipe 'other' has holdout=0, so no images to compare answers to"),
        (
            {"split_seed": 1},
            "'tiny' answers the validation images of split 0, 'other' the valid.* of split 1",
        ),
        ({"folds": 3}, "'other' the development part of split 0, out of fold: .* give --folds"),
        ({"folds": 3, "first_fold_only": True}, "'other' the first of 3 folds of split 0"),
    ],
)
def test_recipes_that_answer_other_images_are_refused_before_any_training(changes, message):
    with pytest.raises(InputError, match=message):
        side_by_side.refuse_unpaired([RECIPE, named(**{"name": "other"} | changes)])


def test_different_numbers_of_folds_answer_the_same_images():
    side_by_side.refuse_unpaired([named("three", folds=3), named("five", folds=5)])


def test_the_page_says_the_figures_in_one_line_per_recipe(entries):
    lines = summary_page.markdown(side_by_side.summarise(entries)).splitlines()
    assert lines[0] == "# one / two"
    assert "16 images: the validation images of split 0; 2 seeds; /home/somebody/photos." in lines
    assert "| two | 0.750 | 0.000 | 0.750 (0.505 to 0.898) | 0.429 | 1,050 | 650 | 3,000,000 |" in lines
    head = "| recipe | mean accuracy | spread | seed 0 (95 %) | macro-F1 |"
    assert any(line.startswith(head) for line in lines) and "Each against `one`, seed 0:" in lines
    # Newcombe: Wilson 0.184812..0.613590 and 0.505017..0.898179; phi (6 * 4 - 8) / sqrt(6 * 10 * 12 * 4).
    assert "| two | 0 | 6 | +37.5 (+8.8 to +57.8) | 0.031 | 0.031 | better |" in lines


def test_the_page_says_that_the_images_compared_on_picked_the_epochs_too(entries):
    text = summary_page.markdown(side_by_side.summarise(entries))
    assert "The best epoch of each net was picked on the images that it answers here, so all acc" in text


def test_with_one_seed_the_page_claims_no_spread(entries):
    summary = side_by_side.summarise([ComparedRecipe(entry.name, entry.runs[:1]) for entry in entries])
    assert summary["recipes"][0]["standard_deviation"] is None
    assert "| one | 0.375 | one seed | " in summary_page.markdown(summary)


def test_one_recipe_alone_has_no_tests(entries):
    summary = side_by_side.summarise(entries[:1])
    assert summary["against_first"] == []
    assert "Each against" not in summary_page.markdown(summary)


def test_the_three_files_appear_whole(entries, tmp_path):
    summary = side_by_side.summarise(entries)
    summary_page.write(tmp_path / "out", summary)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"comparison.md", "comparison.json", "comparison.png"}
    assert json.loads((tmp_path / "out" / "comparison.json").read_text()) == json.loads(json.dumps(summary))
    assert (tmp_path / "out" / "comparison.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_shows_every_seed_on_the_height_of_its_recipe(entries):
    (axes,) = summary_page.picture(side_by_side.summarise(entries)).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "two"]
    interval, seeds = axes.lines[0], axes.lines[1]
    assert seeds.get_xydata().tolist() == [[6 / 16, 0], [8 / 16, 0]]
    assert interval.get_xdata()[0] < 6 / 16 < interval.get_xdata()[1]
