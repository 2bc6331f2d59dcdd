"""What is trained to measure the report's claims: a baseline, and recipes that differ from it or each other.

They differ in one thing, but for `frozen`: with no layers to fine-tune, the optimizer and schedule of
the head are those of all epochs.

The report leaves open, and we chose: Lite0 for its large backbones, 96 pixels (128 where padding
is the question), batches of 32, the number of epochs, and whatever is said beside each claim.
"""

import dataclasses
from typing import Any

from plants.recipes import report_ideas, report_recipes
from plants.recipes.recipe import HIERARCHICAL, ONE_VS_REST, Augmentation, Dense, Phase, Recipe
from studies.variant import Variant

EPOCHS = 9  # of all layers, after one of the head alone
FOLDS = 3
BASELINE_MINUTES = 9.5  # of the baseline's folds on 2 CPU cores
SIDE, PADDED_SIDE = 96, 128  # pixels; the second where images are padded, and what that is compared with
NOISE = report_recipes.efficientnetv2l().feature_noise  # pooled features lie between 0 and 6
HIGH_DROPOUT = 0.6
BUNDLES = report_ideas.hierarchical().bundles
# By plants.training.class_bundles.find from results/claims/baseline.npz, four as the recipe's bundle_count.
BUNDLES_FOUND = "Species1+Species8/Species2+Species7/Species3+Species4+Species5/Species6"


def _phases(side: int) -> tuple[Phase, ...]:
    """One epoch of the head, then EPOCHS of all layers, at `side` pixels."""
    return (
        Phase("head", 1, 1e-3, side, trainable="none", batch_norm="frozen"),
        Phase(
            *("all", EPOCHS, 1e-3, side),
            optimizer="adamw",
            weight_decay=0.05,
            schedule="cosine",
            warmup_epochs=0.5,
        ),
    )


# Not taken from the recipe `default`, whatever becomes of that: these are the values of the records.
# What is not named here is switched off, or the fixed split.
BASELINE = Recipe(
    name="claims-baseline",
    summary="the recipe that the report's claims are measured from",
    minutes=BASELINE_MINUTES,
    phases=_phases(SIDE),
    image_size=SIDE,
    backbone="lite0",
    weights="imagenet",
    fit="resize",
    interpolation="bicubic",
    augmentation=Augmentation(
        zoom_in=0.4,
        zoom_out=0.1,
        aspect=0.2,
        rotation=20.0,
        translation=0.08,
        flips="both",
        quarter_turns=True,
        brightness=0.12,
        contrast=0.25,
        saturation=0.25,
        hue=6.0,
    ),
    batch_size=32,
    norm_momentum=0.97,
    pooling="average",
    dropout=0.3,
    label_smoothing=0.1,
    clip_norm=1.0,
    views=4,
    folds=FOLDS,
)


def _variant(name: str, summary: str, *, cost: float = 1.0, **changes: Any) -> Variant:
    """The baseline with `changes`; it takes about `cost` times as long."""
    return Variant(
        name,
        dataclasses.replace(
            BASELINE, name=f"claims-{name}", summary=summary, minutes=BASELINE_MINUTES * cost, **changes
        ),
    )


def _at(side: int, **changes: Any) -> dict[str, Any]:
    return dict(phases=_phases(side), image_size=side, **changes)


def _monitoring(monitor: str) -> tuple[Phase, ...]:
    return tuple(dataclasses.replace(phase, monitor=monitor) for phase in BASELINE.phases)


def _head(**changes: Any) -> tuple[Dense, ...]:
    """The report's hidden layers with `changes` to each."""
    return tuple(dataclasses.replace(layer, **changes) for layer in report_recipes.HEAD)


# The order is that of the training: cheap and often compared with first, the costliest last.
VARIANTS = (
    Variant("baseline", BASELINE),
    _variant(
        "frozen",
        "the backbone frozen in all epochs",
        cost=0.5,
        phases=(dataclasses.replace(BASELINE.phases[0], epochs=1 + EPOCHS),),
    ),
    _variant("no-augmentation", "no augmentation", augmentation=Augmentation()),
    _variant("augmentation-report", "milder augmentation", augmentation=report_recipes.AUGMENTATION),
    _variant("class-weight", "Keras's class_weight, balanced", imbalance="class-weight"),
    _variant("own-weight", "own class weights, label . weights", imbalance="own-weight"),
    _variant("oversampling", "rare classes as often as the largest", cost=1.2, imbalance="oversampling"),
    _variant("dropout-0", "no dropout", dropout=0.0),
    _variant("dropout-high", f"dropout {HIGH_DROPOUT}", dropout=HIGH_DROPOUT),
    _variant("noise", f"GaussianNoise {NOISE} on the pooled features", feature_noise=NOISE),
    _variant("head-256", "one hidden layer of 256", head=_head(units=256)[:1]),
    _variant("head-512-256-128", "the report's hidden layers", head=_head()),
    _variant("elu", "the report's hidden layers with ELU", head=_head(activation="elu")),
    _variant(
        "he-uniform",
        "the report's hidden layers, He uniform",
        head=_head(initializer="he_uniform"),
    ),
    _variant("monitor-auc", "the best epoch by ROC AUC", phases=_monitoring("auc")),
    _variant(
        "monitor-categorical",
        "the best epoch by categorical accuracy",
        phases=_monitoring("categorical_accuracy"),
    ),
    dataclasses.replace(_variant("seed-1", "the baseline with another seed"), seed=1),
    _variant("resized-128", "resized to 128 pixels", cost=1.7, **_at(PADDED_SIDE)),
    _variant("padded-128", "zero-padded to 128 pixels", cost=1.7, **_at(PADDED_SIDE, fit="pad")),
    _variant("five-folds", "5 folds instead of 3", cost=2.0, folds=5),
    _variant(
        "hierarchical",
        "bundles of classes, then classes within each",
        cost=1.3,
        composition=HIERARCHICAL,
        bundles=BUNDLES,
    ),
    _variant(
        "hierarchical-found",
        "bundles found in the baseline's answers",
        cost=1.9,
        composition=HIERARCHICAL,
        bundles=BUNDLES_FOUND,
    ),
    _variant("one-vs-rest", "eight binary nets", cost=8.0, composition=ONE_VS_REST),
)
