"""What of a net learns in a phase, and how: frozen layers, learning rate, optimizer."""

from typing import Any

import keras

from plants.errors import InputError
from plants.recipes.recipe import Phase, Recipe


def set_trainable(net: keras.Model, phase: Phase) -> None:
    """Freezes what a phase does not train.

    A frozen BatchNormalization layer uses its moving statistics and keeps them, so with
    `batch_norm="frozen"` the pretrained statistics stay; with `"trained"` batch statistics
    normalise and the moving ones follow. Raises InputError as `learning_layers` does.
    """
    body = net.get_layer("backbone")
    body.trainable = True
    learning = learning_layers(body, phase)
    for layer in body.layers:
        frozen_norm = isinstance(layer, keras.layers.BatchNormalization) and phase.batch_norm == "frozen"
        layer.trainable = layer in learning and not frozen_norm


def refuse_missing_layers(net: keras.Model, recipe: Recipe) -> None:
    """Raises InputError if a phase trains other layers than the net's backbone has."""
    for phase in recipe.phases:
        learning_layers(net.get_layer("backbone"), phase)


def learning_layers(body: keras.Model, phase: Phase) -> list[keras.Layer]:
    """The layers of a backbone, among those with weights, that a phase trains.

    Raises InputError if the backbone has fewer of them than `phase.trainable` names, or none of the kind.
    """
    layers = [layer for layer in body.layers if layer.weights]
    if phase.trainable == "norms":
        return _norms(layers)
    if not phase.trainable.startswith("last-"):
        return layers if phase.trainable == "all" else []
    count = int(phase.trainable.removeprefix("last-"))
    if count > len(layers):
        raise InputError(
            f"Phase field 'trainable': got {phase.trainable!r}, but the backbone has {len(layers)} layers "
            f"with weights; name at most last-{len(layers)}, or all"
        )
    return layers[-count:]


def _norms(layers: list[keras.Layer]) -> list[keras.Layer]:
    kinds = (keras.layers.BatchNormalization, keras.layers.LayerNormalization)
    norms = [layer for layer in layers if isinstance(layer, kinds)]
    if not norms:
        raise InputError(
            "Phase field 'trainable': got 'norms', but the backbone has no normalization: name another"
        )
    return norms


def learning_rate(phase: Phase, steps_per_epoch: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Of a phase, over its steps."""
    warmup = round(phase.warmup_epochs * steps_per_epoch)
    steps = phase.epochs * steps_per_epoch
    floor = 1.0 if phase.schedule == "constant" else 0.0  # share of the peak it falls to
    if not warmup:
        return keras.optimizers.schedules.CosineDecay(phase.learning_rate, steps, alpha=floor)
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(steps - warmup, 1), alpha=floor, warmup_target=phase.learning_rate, warmup_steps=warmup
    )


def optimizer(phase: Phase, recipe: Recipe, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """The optimizer of a phase, weight decay off for norms and biases."""
    kinds = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW}
    settings: dict[str, Any] = {"global_clipnorm": recipe.clip_norm or None}
    if phase.optimizer == "adamw":
        settings["weight_decay"] = phase.weight_decay
    made = kinds[phase.optimizer](learning_rate(phase, steps_per_epoch), **settings)
    if phase.optimizer == "adamw":
        made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return made
