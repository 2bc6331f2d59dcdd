"""A recipe in words, for the document of a study."""

import dataclasses

from plants.recipes.recipe import Augmentation, Phase, Recipe

WEIGHTS = {"imagenet": "ImageNet weights", "none": "random weights"}


def describe_recipe(recipe: Recipe) -> str:
    """What a recipe learns, phase by phase, and its settings."""
    weights = WEIGHTS.get(recipe.weights, recipe.weights)
    return "; ".join(
        (
            f"{recipe.backbone} with {weights} at {recipe.image_size} pixels",
            ", then ".join(map(_describe_phase, recipe.phases)),
            f"batches of {recipe.batch_size}, dropout {recipe.dropout:g}, drop path {recipe.drop_path:g}, "
            f"norm momentum {recipe.norm_momentum:g}, "
            f"label smoothing {recipe.label_smoothing:g}, gradients clipped at {recipe.clip_norm:g}",
            _describe_augmentation(recipe.augmentation),
            "one view" if recipe.views == 1 else f"the mean of {recipe.views} views",
        )
    )


def _describe_phase(phase: Phase) -> str:
    layers = {"none": "the head alone", "all": "all layers"}.get(phase.trainable, phase.trainable)
    settings = [f"{phase.optimizer} at {phase.learning_rate:g}"]
    if phase.weight_decay:
        settings.append(f"weight decay {phase.weight_decay:g}")
    settings.append(phase.schedule)
    if phase.warmup_epochs:
        settings.append(f"warm-up of {phase.warmup_epochs:g} epochs")
    if phase.batch_norm == "frozen":
        settings.append("norms frozen")
    return f"{phase.epochs} epoch{'s' * (phase.epochs > 1)} of {layers} ({', '.join(settings)})"


def _describe_augmentation(augmentation: Augmentation) -> str:
    """'augmentation: zoom in 0.4, flips both, quarter turns', or that there is none."""
    none, changes = Augmentation(), []
    for field in dataclasses.fields(augmentation):
        value, label = getattr(augmentation, field.name), field.name.replace("_", " ")
        if value != getattr(none, field.name):
            changes.append(label if value is True else f"{label} {value}")
    return f"augmentation: {', '.join(changes)}" if changes else "no augmentation"
