"""What a recipe is: complete, frozen, checked when it is made; every field is used."""

import ast
import dataclasses
import inspect
import json
import re
from pathlib import Path

import pytest
from tiny_recipe import RECIPE, refused

from plants.errors import InputError
from plants.recipes import catalog
from plants.recipes.overrides import override
from plants.recipes.recipe import Augmentation, Dense, Phase, Recipe, from_dict, to_dict

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("recipe", catalog.RECIPES.values(), ids=catalog.RECIPES)
def test_a_recipe_comes_back_whole_through_json(recipe):
    written = json.loads(json.dumps(to_dict(recipe)))
    assert from_dict(written) == recipe
    assert written == to_dict(recipe)  # a training is known again by comparing the two


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda values: values.update(colour=1), "no recipe field 'colour'; the closest is "),
        (
            lambda values: values["phases"][0].update(epoch=1),
            "no recipe field 'epoch'; the closest is 'epochs'",
        ),
        (lambda values: values["augmentation"].update(zoom_on=1), "the closest is 'zoom_in'"),
        (lambda values: values.pop("summary"), "no complete recipe: .*missing .* 'summary'"),
        (lambda values: values["phases"][1].pop("name"), "no complete phase: .*missing .* 'name'"),
        (
            lambda values: values.update(batch_size="32"),
            "'batch_size': got '32', expected a whole number",
        ),
        (
            lambda values: values.update(batch_size=16.5),
            "'batch_size': got 16.5, expected a whole number",
        ),
        (lambda values: values.update(views=True), "field 'views': got True, expected a whole number"),
        (lambda values: values.update(dropout="0.3"), "field 'dropout': got '0.3', expected a number"),
        (lambda values: values.update(weights=3), "field 'weights': got 3, expected text"),
        (lambda values: values.update(phases="none"), "field 'phases': got 'none', expected fields"),
        (
            lambda values: values["augmentation"].update(quarter_turns="false"),
            "field 'quarter_turns': got 'false', expected true or false",
        ),
        (
            lambda values: values.update(dropout=10**400),
            "Recipe field 'dropout': got inf, expected a value from 0.0 to 0.95",
        ),
        (
            lambda values: values.update(summary="a line\nand another"),
            r"Recipe field 'summary': got 'a line\\nand another', expected one line",
        ),
        (lambda values: values.update(views=5), "got 5, expected one of 1, 2, 4, 8"),
    ],
)
def test_a_record_of_another_shape_is_refused(change, message):
    values = json.loads(json.dumps(to_dict(RECIPE)))
    change(values)
    refused(message, from_dict, values)


@pytest.mark.parametrize("value", [RECIPE, RECIPE.phases[0], RECIPE.augmentation, Dense(64)])
def test_recipes_are_frozen(value):
    field = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{field}'"):
        setattr(value, field, 1)


def test_a_recipe_without_phases_is_refused():
    with pytest.raises(InputError, match=r"'phases': got \(\), expected at least one phase"):
        dataclasses.replace(RECIPE, phases=())


def fields_read(owner):
    """The attributes that the code reads of things of this name: of `recipe`, `self.recipe`, ..."""
    sources = [path for path in ROOT.glob("plants/**/*.py") if path.parent.name != "recipes"]
    nodes = [node for path in [*sources, ROOT / "train.py"] for node in ast.walk(ast.parse(path.read_text()))]
    reads = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)]
    return {node.attr for node in reads if ast.unparse(node.value).split(".")[-1] == owner}


@pytest.mark.parametrize(
    "kind, owner",
    [(Recipe, "recipe"), (Phase, "phase"), (Augmentation, "ranges"), (Dense, "layer")],
    ids=str,
)
def test_every_field_is_read_by_some_code(kind, owner):
    unread = {field.name for field in dataclasses.fields(kind)} - fields_read(owner)
    assert not unread, f"no code reads {sorted(unread)} of a {kind.__name__}"


@pytest.mark.parametrize("kind", [Recipe, Phase, Augmentation, Dense])
def test_every_field_says_what_it_is(kind):
    source = inspect.getsource(kind)
    for field in dataclasses.fields(kind):
        assert re.search(rf"^    {field.name}: .*  # \S", source, re.MULTILINE), field.name


@pytest.mark.parametrize(
    "assignments, message",
    [
        (("phases.0.weight_decay=0.1",), "'weight_decay': got 0.1, expected 0 with optimizer 'adam'"),
        (("phases.0.batch_norm=trained",), "'batch_norm': got 'trained', expected 'frozen' where trainable"),
        (
            ("phases.1.trainable=norms", "phases.1.batch_norm=frozen"),
            "expected 'trained' where trainable is 'no",
        ),
        (("pooling=flatten",), "'pooling': got 'flatten', expected 'average' where the phases' image sizes"),
        (("mixing=mixup", "mixing_alpha=0"), "'mixing_alpha': got 0.0, expected above 0"),
        (("mixing_alpha=0.4",), "'mixing_alpha': got 0.4, expected 1.0, its default, with mixing='none'"),
        (
            ("fit=pad", "interpolation=nearest"),
            "'interpolation': got 'nearest', expected 'bicubic', its default, with fit='pad'",
        ),
        (
            ("mixing=mixup", *(f"phases.{index}.augmented=false" for index in range(3))),
            "'mixing': got 'mixup', expected 'none', its default, with augmented=false or mixed_epochs=0",
        ),
        (
            (
                "mixing=mixup",
                "phases.0.augmented=false",
                "phases.1.mixed_epochs=0",
                "phases.2.mixed_epochs=0",
            ),
            "'mixing': got 'mixup', expected 'none', its default, with augmented=false or mixed_epochs=0",
        ),
        (("mixing_share=0.5",), "'mixing_share': got 0.5, expected 1.0, its default, with mixing='none'"),
        (("mixing=mixup", "mixing_share=0"), "'mixing_share': got 0.0, expected above 0, at most 1"),
        (("phases.1.mixed_epochs=3",), "'mixed_epochs': got 3, expected -1, its default, with mixing='none'"),
        (
            ("mixing=mixup", "phases.1.mixed_epochs=10"),
            "'mixed_epochs': got 10, expected a value from -1 to 9",
        ),
        (
            ("mixing=mixup", "phases.1.mixed_epochs=3", "phases.1.augmented=false"),
            "'mixed_epochs': got 3, expected -1, its default, with augmented=false",
        ),
        (
            ("phases.1.strength=0.5", "phases.1.augmented=false"),
            "'strength': got 0.5, expected 1.0, its default, with augmented=false, where it has no effect",
        ),
        (
            ("phases.1.strength=0.5", *(f"augmentation.{name}=0" for name in Augmentation().ranges)),
            "Phase field 'strength': got 0.5, expected 1.0, its default, with no ranges to widen",
        ),
        (
            ("phases.1.strength=1.5", "augmentation.rotation=130"),
            "strength 1.5 of phase 'low': Augmentation field 'rotation': got 195.0, expected a value",
        ),
        (("bundle_count=3",), "'bundle_count': got 3, expected 4, its default, with no bundles_from"),
        (
            ("composition=hierarchical", "bundles=a+b/c", "bundle_count=3"),
            "'bundle_count': got 3, expected 4, its default, with no bundles_from",
        ),
        (
            ("mixing=cutmix", "imbalance=class-weight"),
            "'imbalance': got 'class-weight', expected 'own-weight'",
        ),
        (("fit=pad", "mixing=cutmix"), "'mixing': got 'cutmix', expected 'mixup' or 'none' with fit='pad'"),
        (("fit=pad", "mixing=either"), "'mixing': got 'either', expected 'mixup' or 'none' with fit='pad'"),
        (
            ("imbalance=oversampling", "logit_adjustment=1"),
            "'logit_adjustment': got 1.0, expected 0.0, its default, with imbalance='oversampling'",
        ),
        (("first_fold_only=true",), "'first_fold_only': got True, expected false without folds"),
        (("bundles=a+b/c",), "'bundles': got 'a.b/c', expected none unless composition='hierarchical'"),
        (("bundles_from=runs/x",), "'bundles': got '', expected none unless composition='hierarchical'"),
        (("composition=hierarchical",), "'bundles': got '', expected them here, or a run in bundles_from"),
        (
            ("composition=hierarchical", "bundles=a+b/c", "bundles_from=runs/x"),
            "'bundles': got 'a.b/c', expected them here, or a run in bundles_from",
        ),
    ],
)
def test_a_setting_that_would_do_nothing_is_refused(assignments, message):
    with pytest.raises(InputError, match=message):
        override(catalog.by_name("default"), *assignments)


def test_photos_on_a_padded_canvas_may_be_blended():
    assert override(catalog.by_name("vgg16-pad"), "mixing=mixup").mixing == "mixup"


def test_a_mixed_label_may_be_weighed_by_our_own_weights():
    changed = override(catalog.by_name("default"), "mixing=either", "imbalance=own-weight")
    assert (changed.mixing, changed.imbalance) == ("either", "own-weight")
