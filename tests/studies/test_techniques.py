"""The screening of techniques: what is trained, what is compared, and the document from hand-made records."""

import dataclasses
import runpy

import numpy as np
import pytest
from hand_made import answers, measured
from tiny_runs import RECIPE

from plants.recipes import catalog, lite_recipes
from plants.recipes.recipe import Phase
from plants.runs.changes import recipe_changes
from studies import page, records
from studies.comparisons import Pair
from studies.techniques import __main__ as techniques
from studies.techniques import document, macro_f1, pairs, variants
from studies.variant import Variant

VARIANTS = {variant.name: variant for variant in variants.VARIANTS}


def changed(variant):
    """The fields in which a variant's recipe differs from the baseline's."""
    return {text.split(" ")[0] for text in recipe_changes(variants.BASELINE, variant.recipe)} - {"name"}


@pytest.mark.parametrize(
    "name, fields",
    [
        ("baseline", set()),
        ("seed-1", set()),
        ("ema-0.99", {"phases"}),
        ("ema-0.998", {"phases"}),
        ("soup-5", {"phases"}),
        ("strength-0.5", {"phases"}),
        ("strength-0.75", {"phases"}),
        ("mixup", {"phases", "mixing", "mixing_share"}),
        ("cutmix", {"phases", "mixing", "mixing_share"}),
        ("head-first", {"phases"}),
        ("drop-path-0", {"drop_path"}),
        ("drop-path-0.2", {"drop_path"}),
        ("label-smoothing-0", {"label_smoothing"}),
        ("logit-adjustment-0.5", {"logit_adjustment"}),
        ("logit-adjustment-1", {"logit_adjustment"}),
        ("larger-end", {"phases", "image_size"}),
        ("two-sizes", {"phases", "image_size"}),
        ("two-sizes-growing", {"phases", "image_size"}),
        ("size-128", {"phases", "image_size"}),
        ("lite1", {"backbone"}),
        ("lite2", {"backbone"}),
        ("longer", {"phases"}),
    ],
)
def test_a_variant_differs_from_the_baseline_in_what_it_is_named_after(name, fields):
    assert changed(VARIANTS[name]) == fields


def phase_changes(name, index=1):
    """What a phase of a variant has that the baseline's has not."""
    one, other = variants.BASELINE.phases[index], VARIANTS[name].recipe.phases[index]
    return {
        field.name: getattr(other, field.name)
        for field in dataclasses.fields(Phase)
        if getattr(one, field.name) != getattr(other, field.name)
    }


@pytest.mark.parametrize(
    "name, changes",
    [
        ("ema-0.99", {"ema": 0.99}),
        ("ema-0.998", {"ema": 0.998}),
        ("soup-5", {"soup": 5}),
        ("strength-0.5", {"strength": 0.5}),
        ("mixup", {"mixed_epochs": 9}),  # of 11: not in the last 15 %
        ("longer", {"epochs": 22}),
        ("size-128", {"image_size": 128}),
    ],
)
def test_the_phase_of_all_layers_differs_in_that_alone(name, changes):
    assert phase_changes(name) == changes
    assert set(phase_changes(name, index=0)) <= {"image_size"}


def test_the_head_first_learns_on_fixed_features():
    assert phase_changes("head-first", index=0) == {"epochs": 20, "augmented": False}
    assert phase_changes("head-first") == {}


def test_the_growing_augmentation_grows_with_the_size():
    plain, growing = (VARIANTS[name].recipe.phases for name in ("two-sizes", "two-sizes-growing"))
    assert [(phase.image_size, phase.strength) for phase in growing[1:]] == [(96, 0.5), (128, 1.0)]
    assert [dataclasses.replace(phase, strength=1.0) for phase in growing] == list(plain)


def test_the_larger_end_is_of_norms_and_head():
    end = VARIANTS["larger-end"].recipe.phases[2]
    assert (end.trainable, end.batch_norm, end.image_size) == ("norms", "trained", 128)


def test_every_variant_is_compared_once_with_one_that_is_trained_before_it_or_is_cheap():
    assert [pair.compared for pair in pairs.PAIRS] == list(VARIANTS)[1:]
    assert {pair.reference for pair in pairs.PAIRS} == {"baseline", "size-128", "two-sizes"}
    shared = [pair.compared for pair in pairs.PAIRS if pair.shared_training]
    assert shared == ["ema-0.99", "ema-0.998", "soup-5"]
    assert [pair.compared for pair in pairs.PAIRS if pair.not_tested] == ["seed-1"]


@pytest.mark.parametrize("variant", variants.VARIANTS, ids=lambda variant: variant.name)
def test_every_variant_keeps_to_what_the_screening_allows(variant):
    recipe = variant.recipe
    assert recipe.holdout and recipe.split_seed == 0 and recipe.folds == 3 and not recipe.first_fold_only
    assert all(96 <= size <= 128 for size in (recipe.image_size, *(p.image_size for p in recipe.phases)))
    assert sum(phase.epochs for phase in recipe.phases if phase.trainable != "none") <= 22


def test_all_fit_into_the_limit_and_the_baseline_and_its_spread_come_first():
    assert list(VARIANTS)[:2] == ["baseline", "seed-1"] and VARIANTS["seed-1"].seed == 1
    assert len(VARIANTS) == len(variants.VARIANTS) == len({v.recipe.name for v in variants.VARIANTS})
    assert sum(variant.recipe.minutes for variant in variants.VARIANTS) <= 60 * document.LIMIT_HOURS


def test_a_change_of_the_default_recipe_changes_no_variant(monkeypatch):
    other = dataclasses.replace(lite_recipes.default(), dropout=0.9, batch_size=2, label_smoothing=0.9)
    monkeypatch.setattr(lite_recipes, "default", lambda: other)
    monkeypatch.setitem(catalog.RECIPES, "default", other)
    fresh = runpy.run_path(variants.__file__)["VARIANTS"]
    assert [variant.recipe for variant in fresh] == [variant.recipe for variant in variants.VARIANTS]


ONE, TWO, THREE = (
    Variant(name, dataclasses.replace(RECIPE, name=name, summary=f"recipe {name}", folds=2))
    for name in ("one", "two", "three")
)
PAIR, SHARED = Pair("one", "two"), Pair("one", "three", shared_training=True)
RIGHT = {"one": "111100000000", "two": "111111111100", "three": "111111110000"}


def rendered(*trained, compared=(PAIR,), all_variants=(ONE, TWO), **settings):
    found = {variant.name: measured(variant, RIGHT[variant.name], **settings) for variant in trained}
    return document.render(compared, all_variants, found)


def test_a_row_gives_both_differences_cost_and_verdict():
    found = {
        "one": measured(ONE, RIGHT["one"], cpu_seconds=2000.0),
        "two": measured(TWO, RIGHT["two"], cpu_seconds=3000.0),
    }
    text = document.render((PAIR,), (ONE, TWO), found)
    # One: 4 of 12 right, F1 of the class 8 / 16, of the other 0; two: 10 of 12, 20 / 22 and 0.
    assert "| `two` | recipe two | `one` | +50.0 (" in text
    assert "| +20.5 (" in text and ") | 1.50 | within noise |" in text  # (20 / 22 - 8 / 16) / 2
    assert "| `two` | +50.0, +50.0 | 0.031 | 0.247 | 0.247 |" in text
    assert "| `one` | 0.333 (0.138 to 0.609) | 0.250 | 0.333 | 2,000 | 1,800 | 1,234,567 | abc123 |" in text
    assert "In all 5,000 CPU seconds: 0.7 hours of 2 cores" in text
    assert "on the same 12 images" in text and "over the 1 differences tested here" in text


def test_the_class_that_the_baseline_finds_the_fewest_of_is_looked_at():
    text = rendered(ONE, TWO)
    assert "**ash** is the recall of\n  the class" in text and "| macro-F1 | ash |" in text


def test_what_shares_its_training_has_its_images_noise_alone():
    text = rendered(ONE, THREE, compared=(SHARED,), all_variants=(ONE, THREE))
    assert "**The noise of training** cannot be told yet" in text
    # Four images that only three got right: p = 2 / 16.
    assert "| `three` | +33.3, +33.3 | 0.125 | 0.125 | 0.125 |" in text


def test_a_control_is_shown_and_not_tested():
    text = rendered(ONE, TWO, compared=(dataclasses.replace(PAIR, not_tested="not tested: a control"),))
    assert "| not tested: a control |" in text and "over the 0 differences" in text


def test_what_is_not_trained_is_said_plainly():
    text = rendered(ONE)
    assert "**Not trained yet: `two`.**" in text
    assert "| `two` | recipe two | `one` |  |  |  | not measured yet |" in text
    assert "| `two` | not trained yet |  |  |  |  |  |  |" in text


def test_without_any_record_there_is_a_document_all_the_same():
    text = document.render(pairs.PAIRS, variants.VARIANTS, {})
    assert text.count("not measured yet |") == len(pairs.PAIRS)
    assert "lite0 with ImageNet weights at 96 pixels; 1 epoch of the head alone" in text


@pytest.mark.parametrize(
    "labels, given, expected",
    [
        ([0, 0, 1, 1], [0, 0, 1, 1], 1.0),
        ([0, 0, 1, 1], [0, 1, 1, 1], (2 / 3 + 4 / 5) / 2),
        ([0, 0, 0], [0, 0, 0], 1.0),  # the other class does not occur
        ([0, 0, 0], [1, 1, 1], 0.0),
    ],
)
def test_macro_f1_by_hand(labels, given, expected):
    assert macro_f1.macro_f1(np.array(labels), np.array(given), 2) == pytest.approx(expected)


def test_the_interval_of_a_macro_f1_difference():
    one = answers("1" * 60 + "0" * 40)
    assert macro_f1.difference_interval(one, one, 2) == (0.0, 0.0)
    better = answers("1" * 90 + "0" * 10)
    low, high = macro_f1.difference_interval(one, better, 2)
    # All labels are of one class: F1 of it 1.2 / 1.6 and 1.8 / 1.9, of the other 0.
    assert low < (1.8 / 1.9 - 1.2 / 1.6) / 2 < high
    assert 0 < low and high < 0.2
    back = macro_f1.difference_interval(better, one, 2)
    assert back == pytest.approx((-high, -low))


def test_the_committed_document_is_what_the_committed_records_give():
    study = techniques.STUDY
    found = records.read_all(study.results, study.variants)
    path = study.results.parents[1] / study.document
    written = path.read_text(encoding="utf-8") if path.exists() else None
    assert written == (study.render(study.variants, found) if found else None)
    assert page.missing(study.variants, found) == [v.name for v in study.variants if v.name not in found]
