"""The report's claims: what is trained for them."""

import dataclasses
import runpy

import pytest
from sklearn.metrics import confusion_matrix

from plants.recipes import catalog, lite_recipes, report_ideas, report_recipes
from plants.recipes.recipe import Augmentation, Phase, Recipe
from plants.runs.changes import recipe_changes
from plants.training import class_bundles
from studies import records
from studies.report_claims import claims, document, variants
from studies.report_claims.__main__ import STUDY

VARIANTS = {variant.name: variant for variant in variants.VARIANTS}
COMPARISONS = claims.comparisons(claims.CLAIMS)


def changed(variant):
    """The fields in which a variant's recipe differs from the baseline's."""
    return {text.split(" ")[0] for text in recipe_changes(variants.BASELINE, variant.recipe)} - {"name"}


@pytest.mark.parametrize(
    "name, fields",
    [
        ("baseline", set()),
        ("frozen", {"phases"}),
        ("no-augmentation", {"augmentation"}),
        ("augmentation-report", {"augmentation"}),
        ("class-weight", {"imbalance"}),
        ("own-weight", {"imbalance"}),
        ("oversampling", {"imbalance"}),
        ("dropout-0", {"dropout"}),
        ("dropout-high", {"dropout"}),
        ("noise", {"feature_noise"}),
        ("head-256", {"head"}),
        ("head-512-256-128", {"head"}),
        ("elu", {"head"}),
        ("he-uniform", {"head"}),
        ("monitor-auc", {"phases"}),
        ("monitor-categorical", {"phases"}),
        ("seed-1", set()),
        ("resized-128", {"phases", "image_size"}),
        ("padded-128", {"phases", "image_size", "fit"}),
        ("five-folds", {"folds"}),
        ("hierarchical", {"composition", "bundles"}),
        ("hierarchical-found", {"composition", "bundles"}),
        ("one-vs-rest", {"composition"}),
    ],
)
def test_a_variant_differs_from_the_baseline_in_what_it_is_named_after(name, fields):
    assert changed(VARIANTS[name]) == fields


def test_the_variants_are_those_that_the_claims_compare():
    named = {name for pair in COMPARISONS for name in (pair.reference, pair.compared)}
    assert named == {variant.name for variant in variants.VARIANTS}
    assert len({variant.recipe.name for variant in variants.VARIANTS}) == len(variants.VARIANTS)


def test_a_control_and_a_training_under_another_name_are_no_tests():
    assert {pair.compared for pair in COMPARISONS if pair.not_tested} == {"seed-1", "monitor-categorical"}
    again = {pair.compared for pair in COMPARISONS if pair.shared_training}
    assert again == {"monitor-auc", "monitor-categorical"}


@pytest.mark.parametrize("variant", variants.VARIANTS, ids=lambda variant: variant.name)
def test_every_variant_keeps_to_what_the_measurement_allows(variant):
    recipe = variant.recipe
    assert recipe.backbone == "lite0" and recipe.holdout and recipe.split_seed == 0
    assert all(96 <= size <= 128 for size in (recipe.image_size, *(p.image_size for p in recipe.phases)))
    assert sum(phase.epochs for phase in recipe.phases) <= 10
    assert recipe.folds == (5 if variant.name == "five-folds" else 3) and not recipe.first_fold_only


def fresh_variants():
    """The variants' recipes as a new process would make them."""
    return [variant.recipe for variant in runpy.run_path(variants.__file__)["VARIANTS"]]


def test_a_change_of_the_default_recipe_changes_no_variant_and_none_of_the_reports_recipes(monkeypatch):
    of_the_report = {report_recipes.__name__, report_ideas.__name__}
    makers = [maker for maker in catalog.MAKERS if maker.__module__ in of_the_report]
    assert len(makers) == 14
    before = [maker() for maker in makers]
    other = dataclasses.replace(
        lite_recipes.default(),
        backbone="lite2",
        phases=3 * (Phase("other", 5, 0.5, 64),),
        **dict(image_size=64, augmentation=Augmentation(), dropout=0.9, drop_path=0.9, norm_momentum=0.5),
        **dict(label_smoothing=0.9, clip_norm=9.0, views=1, batch_size=2, folds=9),
    )
    monkeypatch.setattr(lite_recipes, "default", lambda: other)
    monkeypatch.setitem(catalog.RECIPES, "default", other)
    assert lite_recipes.smoke().drop_path == 0.9  # the change reaches what is made from `default`
    assert fresh_variants() == [variant.recipe for variant in variants.VARIANTS]
    assert [maker() for maker in makers] == before


def test_the_heads_differ_in_what_they_are_named_after():
    heads = {name: VARIANTS[name].recipe.head for name in ("head-512-256-128", "elu", "he-uniform")}
    plain = heads["head-512-256-128"]
    assert [(layer.units, layer.batch_norm, layer.dropout) for layer in plain] == [
        (512, True, 0.4),
        (256, True, 0.4),
        (128, True, 0.4),
    ]
    assert {(layer.activation, layer.initializer) for layer in plain} == {("relu", "glorot_uniform")}
    assert heads["elu"] == tuple(dataclasses.replace(layer, activation="elu") for layer in plain)
    assert heads["he-uniform"] == tuple(
        dataclasses.replace(layer, initializer="he_uniform") for layer in plain
    )
    assert VARIANTS["head-256"].recipe.head == (dataclasses.replace(plain[0], units=256),)


def test_the_baseline_comes_first_the_costliest_last_and_all_fit_into_six_hours():
    minutes = [variant.recipe.minutes for variant in variants.VARIANTS]
    assert variants.VARIANTS[0].recipe == variants.BASELINE
    assert minutes[-1] == max(minutes)
    assert sum(minutes) <= 60 * document.LIMIT_HOURS


def test_the_bundles_partition_the_contests_classes():
    species = tuple(f"Species{number}" for number in range(1, 9))
    assert class_bundles.parse(variants.BUNDLES, species)[0] == (0, 7)


def test_the_bundles_found_are_those_of_the_baselines_answers():
    answered = records.read(STUDY.results, VARIANTS["baseline"]).answers
    confusion = confusion_matrix(answered.labels, answered.answers)
    found = class_bundles.find(confusion, Recipe.bundle_count)
    species = tuple(f"Species{number}" for number in range(1, 9))
    assert class_bundles.parse(variants.BUNDLES_FOUND, species) == found
