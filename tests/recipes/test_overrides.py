"""Fields on the command line: read by their annotations, and a typing error is named."""

import dataclasses

import pytest
from tiny_recipe import PHASES, RECIPE, refused

from plants.recipes import catalog
from plants.recipes.overrides import override
from plants.recipes.recipe import Augmentation, Dense, Phase, to_dict


@pytest.mark.parametrize(
    "assignment, expected",
    [
        ("batch_size=16", dict(batch_size=16)),
        ("dropout=0.5", dict(dropout=0.5)),
        ("dropout=1e-1", dict(dropout=0.1)),
        ("dropout=0", dict(dropout=0.0)),
        ("holdout=0", dict(holdout=0.0)),
        ("backbone=lite2", dict(backbone="lite2")),
        ("weights=/a/path=b.pth", dict(weights="/a/path=b.pth")),
        (" backbone = lite1 ", dict(backbone="lite1")),
        ("augmentation.zoom_in=0.25", dict(augmentation=Augmentation(zoom_in=0.25))),
        ("augmentation.quarter_turns=true", dict(augmentation=Augmentation(quarter_turns=True))),
        ("augmentation.quarter_turns=False", dict(augmentation=Augmentation(quarter_turns=False))),
        ("augmentation.flips=both", dict(augmentation=Augmentation(flips="both"))),
        ("phases.0.epochs=7", dict(phases=(Phase("first", 7, 1e-3, 64), PHASES[1]))),
        ("phases.1.trainable=last-20", dict(phases=(PHASES[0], Phase("second", 5, 1e-4, 96, "last-20")))),
        ("phases.1.monitor=auc", dict(phases=(PHASES[0], Phase("second", 5, 1e-4, 96, monitor="auc")))),
        ("phases.1.ema=0.999", dict(phases=(PHASES[0], Phase("second", 5, 1e-4, 96, ema=0.999)))),
        ("phases.1.soup=3", dict(phases=(PHASES[0], Phase("second", 5, 1e-4, 96, soup=3)))),
        ("phases.1.trainable=norms", dict(phases=(PHASES[0], Phase("second", 5, 1e-4, 96, "norms")))),
        ("logit_adjustment=1", dict(logit_adjustment=1.0)),
        ("head=64", dict(head=(Dense(64),))),
        ("head=64, 32", dict(head=(Dense(64), Dense(32)))),
        ("head=none", dict(head=())),
        ("head=", dict(head=())),
        ("phases.1.learning_rate=1e-5", dict(phases=(PHASES[0], Phase("second", 5, 1e-5, 96)))),
    ],
)
def test_a_value_is_read_by_the_annotation_of_its_field(assignment, expected):
    changed = override(RECIPE, assignment)
    assert changed == dataclasses.replace(RECIPE, **expected)


ELU = Dense(64, "elu", "he_normal", batch_norm=True, dropout=0.4)
WITH_HEAD = dataclasses.replace(RECIPE, head=(Dense(128), ELU))


@pytest.mark.parametrize(
    "assignment, head",
    [
        # new layers are like the last one there was
        ("head=32,16,8", tuple(dataclasses.replace(ELU, units=units) for units in (32, 16, 8))),
        ("head=none", ()),
        ("head.0.dropout=0.1", (Dense(128, dropout=0.1), ELU)),
        ("head.1.units=5", (Dense(128), dataclasses.replace(ELU, units=5))),
        ("head.1.activation=gelu", (Dense(128), dataclasses.replace(ELU, activation="gelu"))),
    ],
)
def test_hidden_layers_are_set_by_their_units_or_one_by_one(assignment, head):
    assert override(WITH_HEAD, assignment) == dataclasses.replace(RECIPE, head=head)


def test_whole_numbers_stay_whole_and_shares_become_floats():
    assert type(override(RECIPE, "batch_size=16").batch_size) is int
    assert type(override(RECIPE, "holdout=0").holdout) is float


def test_the_recipe_itself_is_left_as_it_was():
    before = to_dict(RECIPE)
    override(RECIPE, "phases.0.epochs=7")
    assert to_dict(RECIPE) == before


@pytest.mark.parametrize(
    "assignment, message",
    [
        ("batchsize=16", "no recipe field 'batchsize'; the closest is 'batch_size'"),
        ("phases.0.epoch=1", "no recipe field 'epoch'; the closest is 'epochs'"),
        ("augmentation.zoom=1", "no recipe field 'zoom'; the closest is 'zoom_"),
        ("=1", "no recipe field ''; the closest is"),
        ("batch_size", "^--set batch_size: expected field=value, e.g. --set batch_size=16$"),
        ("batch_size=many", "got 'many', expected a whole number"),
        ("batch_size=1.5", "got '1.5', expected a whole number"),
        ("batch_size=", "got '', expected a whole number"),
        ("dropout=some", "got 'some', expected a number"),
        ("augmentation.quarter_turns=1", "got '1', expected true or false"),
        ("dropout=0.96", "Recipe field 'dropout': got 0.96, expected a value from 0.0 to 0.95"),
        ("dropout=-0.1", "Recipe field 'dropout': got -0.1, expected a value from 0.0 to 0.95"),
        ("dropout=nan", "Recipe field 'dropout': got nan, expected a value from 0.0 to 0.95"),
        ("minutes=inf", "Recipe field 'minutes': got inf, expected a value from 0.0 to 1000000.0"),
        ("name=../x", r"Recipe field 'name': got '\.\./x', expected lower case with hyphens"),
        ("batch_size=1", "Recipe field 'batch_size': got 1, expected a value from 2 to 4096"),
        ("views=3", "Recipe field 'views': got 3, expected one of 1, 2, 4, 8"),
        ("holdout=0.2", "Recipe field 'holdout': got 0.2, expected one of 0.15, 0.0"),
        (
            "backbone=resnet50",
            "'backbone': got 'resnet50', expected one of lite0, lite1, lite2, vgg16, vgg19, ",
        ),
        ("phases.0.epochs=0", "Phase field 'epochs': got 0, expected a value from 1 to 10000"),
        ("phases.0.learning_rate=0", "'learning_rate': got 0.0, expected above 0, at most 10"),
        ("phases.0.ema=1", "Phase field 'ema': got 1.0, expected a value from 0.0 to 0.99999"),
        ("phases.0.soup=1", "Phase field 'soup': got 1, expected 0, or a number from 2 to the 3 epochs"),
        ("phases.0.soup=4", "Phase field 'soup': got 4, expected 0, or a number from 2 to the 3 epochs"),
        ("phases.0.strength=2.5", "Phase field 'strength': got 2.5, expected a value from 0.0 to 2.0"),
        ("logit_adjustment=-1", "'logit_adjustment': got -1.0, expected a value from 0.0 to 10.0"),
        ("phases.0.warmup_epochs=3.5", "'warmup_epochs': got 3.5, expected a value from 0.0 to 3"),
        ("augmentation.hue=181", "Augmentation field 'hue': got 181.0, expected a value from 0.0 to 180.0"),
        ("phases.2.epochs=1", "no entry '2': there are 2, counted from 0"),
        ("phases.-1.epochs=1", "no entry '-1': there are 2, counted from 0"),
        ("phases.².epochs=1", "no entry '²': there are 2, counted from 0"),
        ("phases.first.epochs=1", "no entry 'first': there are 2, counted from 0"),
        ("phases=3", "this field holds further ones; set one of them by its path, like phases.0.epochs"),
        ("phases.0=3", "this field holds further ones"),
        ("augmentation=none", "this field holds further ones"),
        ("head=64,many", "--set head=64,many: got 'many', expected a whole number"),
        ("head=0", "Dense field 'units': got 0, expected a value from 1 to 65536"),
        ("head=64,", "got '', expected a whole number"),
        ("head.0.units=1", "no entry '0': there are none; layers come by their units, head=512,256"),
        (
            "phases.0.trainable=last-0",
            "'trainable': got 'last-0', expected 'none', 'all', 'norms' or 'last-<number of",
        ),
        (
            "phases.0.trainable=last",
            "'trainable': got 'last', expected 'none', 'all', 'norms' or 'last-<number of",
        ),
        (
            "phases.0.trainable=20",
            "'trainable': got '20', expected 'none', 'all', 'norms' or 'last-<number of layers>'",
        ),
        (
            "phases.0.monitor=f1",
            "'monitor': got 'f1', expected one of accuracy, categorical_accuracy, auc, loss",
        ),
        ("fit=crop", "Recipe field 'fit': got 'crop', expected one of resize, pad"),
        ("mixing=blend", "'mixing': got 'blend', expected one of none, mixup, cutmix, either"),
        ("pooling=max", "'pooling': got 'max', expected one of average, flatten"),
        ("imbalance=focal", "expected one of none, class-weight, own-weight, oversampling"),
        ("composition=tree", "expected one of single, one-vs-rest, hierarchical"),
        ("folds=1", "Recipe field 'folds': got 1, expected 0, or a number from 2 to 1000"),
        ("feature_noise=-1", "'feature_noise': got -1.0, expected a value from 0.0 to 10.0"),
        ("batch_size.x=1", "nothing lies below a plain value: 'x' is one step too deep"),
        ("backbone.upper=1", "nothing lies below a plain value: 'upper' is one step too deep"),
    ],
)
def test_a_wrong_assignment_is_refused_saying_why(assignment, message):
    refused(message, override, RECIPE, assignment)


def test_the_message_repeats_the_assignment():
    refused("^--set views=3: Recipe field 'views': got 3", override, RECIPE, "views=3")


def test_assignments_are_checked_together_so_their_order_does_not_matter():
    both = ("phases.0.warmup_epochs=2", "phases.0.epochs=10")
    changed = override(catalog.by_name("default"), *both)
    assert changed == override(catalog.by_name("default"), *reversed(both))
    assert (changed.phases[0].warmup_epochs, changed.phases[0].epochs) == (2.0, 10)


def test_layers_are_made_before_one_of_them_is_changed_wherever_they_stand():
    for assignments in (("head=64,32", "head.0.dropout=0.4"), ("head.0.dropout=0.4", "head=64,32")):
        assert override(RECIPE, *assignments).head == (Dense(64, dropout=0.4), Dense(32))


def test_of_a_field_that_is_named_twice_the_last_value_counts():
    assert override(RECIPE, "head.0.units=3", "head=64", "head.0.units=5").head == (Dense(5),)
