"""The space of a search: values are drawn by a trial, then put into a recipe."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import optuna

from plants.errors import InputError
from plants.recipes.recipe import SINGLE, Dense, Phase, Recipe

Value = int | float


@dataclasses.dataclass(frozen=True)
class Space:
    """The bounds of what is varied, both ends included.

    The report names the number of dense layers, the neurons of each and the dropout rate, but no
    bounds; learning rates and augmentation are varied beyond it. All bounds are ours.
    """

    most_layers: int = 3  # hidden layers of the head, from 0; the report's final head has 3
    fewest_units: int = 32  # neurons of a hidden layer, drawn on a log scale
    most_units: int = 1024  # the report's final head has 512, 256 and 128, the winner's 1024 and 512
    highest_dropout: float = 0.6  # drop rate, from 0; the report's final head has 0.4
    lowest_head_rate: float = 1e-4  # learning rate of phases with a frozen backbone, log scale
    highest_head_rate: float = 1e-2  # the report's is 1e-3
    lowest_tuning_rate: float = 1e-5  # of phases that train the backbone, log scale; the report's rate
    highest_tuning_rate: float = 3e-3  # the recipe `default` has 1e-3
    highest_strength: float = 2.0  # factor on every range of the augmentation, from 0; 1 keeps the recipe's


SPACE = Space()
FIRST_LAYER = Dense(units=1, batch_norm=True)  # what hidden layers are like where the recipe has none


def draw(trial: optuna.Trial, recipe: Recipe) -> dict[str, Value]:
    """Values for a trial, by name; also in `trial.params`.

    The names are those of recipe fields as for --set, but for `layers`, the number of hidden ones,
    and `augmentation`, the factor on its ranges (absent if the recipe augments nothing).
    """
    num_layers = trial.suggest_int("layers", 0, SPACE.most_layers)
    values: dict[str, Value] = {"layers": num_layers}
    for name in (f"head.{index}.units" for index in range(num_layers)):
        values[name] = trial.suggest_int(name, SPACE.fewest_units, SPACE.most_units, log=True)
    values["dropout"] = trial.suggest_float("dropout", 0.0, SPACE.highest_dropout)
    for index, phase in enumerate(recipe.phases):
        name, (low, high) = f"phases.{index}.learning_rate", _rates(phase)
        values[name] = trial.suggest_float(name, low, high, log=True)
    if any(recipe.augmentation.ranges.values()):
        values["augmentation"] = trial.suggest_float("augmentation", 0.0, SPACE.highest_strength)
    return values


def _rates(phase: Phase) -> tuple[float, float]:
    if phase.trainable == "none":
        return SPACE.lowest_head_rate, SPACE.highest_head_rate
    return SPACE.lowest_tuning_rate, SPACE.highest_tuning_rate


def apply(recipe: Recipe, values: Mapping[str, Value]) -> Recipe:
    """The recipe with the values of a trial.

    Hidden layers are like the recipe's first one, apart from their units. The drop rate holds
    after each of them, as in the report's head, and without any for the pooled features.
    Raises InputError if a value is out of the recipe's range.
    """
    like, dropout = (recipe.head or (FIRST_LAYER,))[0], values["dropout"]
    units = [int(values[f"head.{index}.units"]) for index in range(int(values["layers"]))]
    rates = [values[f"phases.{index}.learning_rate"] for index in range(len(recipe.phases))]
    augmentation = recipe.augmentation.scaled(values.get("augmentation", 1.0))
    # Without ranges there is nothing for a phase to widen.
    idle: dict[str, Any] = {} if any(augmentation.ranges.values()) else {"strength": 1.0}
    return dataclasses.replace(
        recipe,
        head=tuple(dataclasses.replace(like, units=number, dropout=dropout) for number in units),
        dropout=0.0 if units else dropout,
        phases=tuple(
            dataclasses.replace(phase, learning_rate=rate, **idle)
            for phase, rate in zip(recipe.phases, rates, strict=True)
        ),
        augmentation=augmentation,
    )


def refuse_unsearchable(recipe: Recipe) -> None:
    """Raises InputError for a recipe whose trials could not be ranked, or would leave its fields' ranges."""
    if several := _several_nets(recipe):
        raise InputError(
            f"a search trains one net a trial, and recipe {recipe.name!r} asks for more: --set "
            f"{' '.join(several)} here, and train with what it finds as you like"
        )
    if not recipe.holdout:
        raise InputError(
            "a search ranks its trials on validation images, and holdout=0 leaves none: leave it out "
            "here, and --set holdout=0 when training with the recipe it finds"
        )
    try:
        dataclasses.replace(recipe, augmentation=recipe.augmentation.scaled(SPACE.highest_strength))
    except InputError as error:
        raise InputError(
            f"the search makes the augmentation up to {SPACE.highest_strength:g} times as strong: {error}; "
            "--set a smaller one"
        ) from error


def _several_nets(recipe: Recipe) -> list[str]:
    """The assignments that make a single net of the recipe; none if it is one."""
    plain = {
        "folds": "0",
        "first_fold_only": "false",
        "ensemble": "",
        "composition": SINGLE,
        "bundles": "",
        "bundles_from": "",
    }
    return [
        f"{name}={value}" for name, value in plain.items() if getattr(recipe, name) != getattr(Recipe, name)
    ]
