"""A recipe in words, for the document of the claims."""

import dataclasses

from plants.recipes.recipe import Augmentation

WEIGHTS = {"imagenet": "ImageNet weights", "none": "random weights"}


def described(recipe):
    """What a recipe learns, phase by phase, and its settings."""
    weights = WEIGHTS.get(recipe.weights, recipe.weights)
    return "; ".join(
        (
            f"{recipe.backbone} with {weights} at {recipe.image_size} pixels",
            ", then ".join(map(_phase, recipe.phases)),
            f"batches of {recipe.batch_size}, dropout {recipe.dropout:g}, drop path {recipe.drop_path:g}, "
            f"norm momentum {recipe.norm_momentum:g}, "
            f"label smoothing {recipe.label_smoothing:g}, gradients clipped at {recipe.clip_norm:g}",
            _augmentation(recipe.augmentation),
            "one view" if recipe.views == 1 else f"the mean of {recipe.views} views",
        )
    )


def _phase(phase):
    layers = {"none": "the head alone", "all": "all layers"}.get(phase.trainable, phase.trainable)
    how = [f"{phase.optimizer} at {phase.learning_rate:g}"]
    if phase.weight_decay:
        how.append(f"weight decay {phase.weight_decay:g}")
    how.append(phase.schedule)
    if phase.warmup_epochs:
        how.append(f"warm-up of {phase.warmup_epochs:g} epochs")
    if phase.batch_norm == "frozen":
        how.append("norms frozen")
    return f"{phase.epochs} epoch{'s' * (phase.epochs > 1)} of {layers} ({', '.join(how)})"


def _augmentation(augmentation):
    """'augmentation: zoom in 0.4, flips both, quarter turns', or that there is none."""
    none, said = Augmentation(), []
    for field in dataclasses.fields(augmentation):
        value, words = getattr(augmentation, field.name), field.name.replace("_", " ")
        if value != getattr(none, field.name):
            said.append(words if value is True else f"{words} {value}")
    return f"augmentation: {', '.join(said)}" if said else "no augmentation"
