"""The space of a search: what is drawn, within which bounds, and what becomes of a recipe."""

import dataclasses

import optuna
import pytest

from plants.errors import InputError
from plants.recipes import catalog
from plants.recipes.recipe import Augmentation, Dense, Phase, Recipe
from plants.search import space

RECIPE = Recipe(
    name="tiny",
    summary="for tests",
    minutes=1.0,
    phases=(
        Phase("frozen", 2, 1e-3, 32, trainable="none", batch_norm="frozen"),
        Phase("partly", 3, 1e-5, 32, trainable="last-20"),
    ),
    image_size=32,
    augmentation=Augmentation(zoom_in=0.2, rotation=30.0, flips="both", quarter_turns=True),
    dropout=0.3,
)
VALUES = {
    "layers": 2,
    "head.0.units": 512,
    "head.1.units": 64,
    "dropout": 0.25,
    "phases.0.learning_rate": 2e-3,
    "phases.1.learning_rate": 3e-5,
    "augmentation": 1.5,
}
NO_LAYER = {name: value for name, value in VALUES.items() if "units" not in name} | {"layers": 0}


def test_values_become_the_fields_they_are_named_after():
    made = space.apply(RECIPE, VALUES)
    assert [(layer.units, layer.dropout) for layer in made.head] == [(512, 0.25), (64, 0.25)]
    assert [phase.learning_rate for phase in made.phases] == [2e-3, 3e-5]
    expected = Augmentation(zoom_in=0.2 * 1.5, rotation=45.0, flips="both", quarter_turns=True)
    assert made.augmentation == expected


def test_all_else_stays_as_the_recipe_says():
    made = space.apply(RECIPE, VALUES)
    kept = dict(head=(), dropout=0.3, phases=RECIPE.phases, augmentation=RECIPE.augmentation)
    assert dataclasses.replace(made, **kept) == RECIPE
    assert [dataclasses.replace(phase, learning_rate=1.0) for phase in made.phases] == [
        dataclasses.replace(phase, learning_rate=1.0) for phase in RECIPE.phases
    ]


def test_the_drop_rate_is_that_of_hidden_layers_or_without_any_of_the_pooled_features():
    assert space.apply(RECIPE, VALUES).dropout == 0.0
    without = space.apply(RECIPE, NO_LAYER)
    assert (without.head, without.dropout) == ((), 0.25)


def test_hidden_layers_are_like_the_recipes_first_one():
    first = Dense(7, activation="elu", initializer="he_uniform", dropout=0.9, l2=1e-4)
    made = space.apply(dataclasses.replace(RECIPE, head=(first, Dense(3))), VALUES)
    assert made.head == tuple(dataclasses.replace(first, units=n, dropout=0.25) for n in (512, 64))


def test_hidden_layers_of_a_recipe_without_any_are_normalised_as_in_the_reports_head():
    assert all(layer.batch_norm and layer.activation == "relu" for layer in space.apply(RECIPE, VALUES).head)


def test_no_strength_switches_the_augmentation_off_but_for_flips_and_turns():
    off = space.apply(RECIPE, VALUES | {"augmentation": 0.0}).augmentation
    assert off == Augmentation(flips="both", quarter_turns=True)


def test_a_phases_strength_is_on_top_and_gone_where_there_is_nothing_to_widen():
    phases = tuple(dataclasses.replace(phase, strength=0.5) for phase in RECIPE.phases)
    graded = dataclasses.replace(RECIPE, phases=phases)
    made = space.apply(graded, VALUES)
    assert (made.augmentation.rotation, made.phases[0].strength) == (45.0, 0.5)
    off = space.apply(graded, VALUES | {"augmentation": 0.0})
    assert [phase.strength for phase in off.phases] == [1.0, 1.0]


def test_the_reports_own_head_lies_in_the_space():
    final = catalog.by_name("efficientnetv2l")
    own = {"layers": 3, "head.0.units": 512, "head.1.units": 256, "head.2.units": 128, "dropout": 0.4}
    rates = {"phases.0.learning_rate": 1e-3, "phases.1.learning_rate": 1e-5}
    trial = optuna.trial.FixedTrial(own | rates | {"augmentation": 1.0})
    assert space.apply(final, space.draw(trial, final)) == final
    assert all(trial.distributions[name]._contains(value) for name, value in trial.params.items())


def drawn_distributions(recipe, layers):
    trial = optuna.trial.FixedTrial(VALUES | {"layers": layers, "head.2.units": 40})
    space.draw(trial, recipe)
    return trial.distributions


def test_each_value_has_its_bounds_and_scale():
    whole, real = optuna.distributions.IntDistribution, optuna.distributions.FloatDistribution
    assert drawn_distributions(RECIPE, layers=2) == {
        "layers": whole(0, 3),
        "head.0.units": whole(32, 1024, log=True),
        "head.1.units": whole(32, 1024, log=True),
        "dropout": real(0.0, 0.6),
        "phases.0.learning_rate": real(1e-4, 1e-2, log=True),  # frozen
        "phases.1.learning_rate": real(1e-5, 3e-3, log=True),  # trains the backbone
        "augmentation": real(0.0, 2.0),
    }


def test_units_are_drawn_for_the_layers_there_are():
    units = {layers: [n for n in drawn_distributions(RECIPE, layers) if "units" in n] for layers in (0, 3)}
    assert units == {0: [], 3: ["head.0.units", "head.1.units", "head.2.units"]}


def test_a_recipe_without_augmentation_has_no_strength_of_it():
    plain = dataclasses.replace(RECIPE, augmentation=Augmentation(flips="both"))
    assert "augmentation" not in drawn_distributions(plain, layers=1)
    assert space.apply(plain, NO_LAYER).augmentation == Augmentation(flips="both")


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(folds=5, first_fold_only=True), "--set folds=0 first_fold_only=false here"),
        (dict(composition="one-vs-rest"), "asks for more: --set composition=single here"),
        (dict(composition="hierarchical", bundles="a+b/c"), "--set composition=single bundles= here"),
        (dict(holdout=0.0), "holdout=0 leaves none: leave it out here, and --set holdout=0 when training"),
        (
            dict(
                augmentation=Augmentation(rotation=60.0),
                phases=(dataclasses.replace(RECIPE.phases[0], strength=2.0),),
            ),
            "up to 2 times as strong: strength 2 of phase 'frozen': Augmentation field 'rotation': got 240.0",
        ),
        (
            dict(augmentation=Augmentation(rotation=91.0)),
            "up to 2 times as strong: Augmentation field 'rotation': got 182.0, .* 180.0; --set a smaller",
        ),
    ],
)
def test_a_recipe_that_cannot_be_searched_around_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        space.refuse_unsearchable(dataclasses.replace(RECIPE, **changes))


@pytest.mark.parametrize("recipe", catalog.RECIPES.values(), ids=catalog.RECIPES)
def test_every_recipe_of_one_net_can_be_searched_around(recipe):
    if recipe.folds or recipe.composition != "single":
        with pytest.raises(InputError, match="a search trains one net a trial"):
            space.refuse_unsearchable(recipe)
    else:
        space.refuse_unsearchable(recipe)


def test_what_is_searched_around_is_the_default_recipe_in_quick():
    quick, whole = catalog.by_name("lite0-quick"), catalog.by_name("default")
    assert [(phase.epochs, phase.image_size) for phase in quick.phases] == [(20, 128), (7, 128)]
    changed = {name for name, value in vars(quick).items() if value != getattr(whole, name)}
    assert changed == {"name", "summary", "minutes", "phases", "image_size", "augmentation", "views"}
