"""What the report tried against few images and rare classes, and what it considered but never built.

All on EfficientNet-Lite0, which a CPU can train. No value here comes from a recipe of ours: `default` may
change, and these may not. Sources, minutes and what is open: as in `report_recipes.py`.
"""

from dataclasses import replace

from plants.recipes.recipe import HIERARCHICAL, ONE_VS_REST, Augmentation, Phase, Recipe

# `default` as it was when docs/report_claims.md was measured.
LITE0 = Recipe(
    name="plain-lite0",
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
    dropout=0.3,
    drop_path=0.1,
    norm_momentum=0.97,
    label_smoothing=0.1,
    clip_norm=1.0,
    views=4,
)


def kfold() -> Recipe:
    """Five nets, each validated on another fifth of training and validation; the zip averages them.

    Source: the report's StratifiedKFold, of which it used only the first split, for lack of compute:
    --set first_fold_only=true does so.
    Run: python train.py --recipe kfold (or any recipe with --folds 5)
    Cost: about 2 h 5 min on 2 cores (estimated).
    Score: 0.780 on 2558 images out of fold (95 %: 0.763 to 0.796), cut down to 96 pixels and 10 epochs,
    where plain Lite0 has 0.766 (docs/report_claims.md); never run in full here.
    Open in the report: the number of folds.
    """
    return replace(LITE0, name="kfold", summary="report: five folds, averaged", minutes=125.0, folds=5)


def class_weight() -> Recipe:
    """Keras's class_weight with scikit-learn's balanced weights.

    Source: the report, discarded for "terribly poor effects".
    Run: python train.py --recipe class-weight
    Cost: about 25 min on 2 cores (estimated).
    Score: 0.760 on 2558 images out of fold (95 %: 0.743 to 0.776), cut down to 96 pixels and 10 epochs,
    where plain Lite0 has 0.766 (docs/report_claims.md); never run in full here.
    Open in the report: the weights.
    """
    return replace(
        LITE0,
        name="class-weight",
        summary="report: Keras's class_weight, balanced",
        imbalance="class-weight",
    )


def class_weight_own() -> Recipe:
    """Our own class weights: square roots of the balanced ones, right with mixed labels.

    Source: the report's second try at class weights, its own implementation, discarded as well.
    Run: python train.py --recipe class-weight-own
    Cost: about 25 min on 2 cores (estimated).
    Score: 0.765 on 2558 images out of fold (95 %: 0.749 to 0.781), cut down to 96 pixels and 10 epochs,
    where plain Lite0 has 0.766 (docs/report_claims.md); never run in full here.
    Open in the report: all of it but that it was their own.
    """
    return replace(
        LITE0,
        name="class-weight-own",
        summary="report: class weights of our own, label . weights",
        imbalance="own-weight",
    )


def oversampling() -> Recipe:
    """Rare classes as often in an epoch as the largest one, in the training split only.

    Source: considered by the report, never built.
    Run: python train.py --recipe oversampling
    Cost: about 31 min on 2 cores (estimated).
    Score: 0.771 on 2558 images out of fold (95 %: 0.755 to 0.787), cut down to 96 pixels and 10 epochs,
    where plain Lite0 has 0.766 (docs/report_claims.md); never run in full here.
    Open in the report: how often; evenly here.
    """
    return replace(
        LITE0,
        name="oversampling",
        summary="report: rare classes drawn more often",
        minutes=31.0,
        imbalance="oversampling",
    )


def one_vs_rest() -> Recipe:
    """Eight binary nets, one for each class against all others; their odds decide.

    Source: considered by the report as a boosting approach, never built.
    Run: python train.py --recipe one-vs-rest
    Cost: about 3 h 20 min on 2 cores (estimated).
    Score: 0.790 on 2558 images out of fold (95 %: 0.774 to 0.805), cut down to 96 pixels and 10 epochs,
    where plain Lite0 has 0.766 (docs/report_claims.md); never run in full here.
    Open in the report: all of it.
    """
    return replace(
        LITE0,
        name="one-vs-rest",
        summary="report: a binary net for each class",
        minutes=200.0,
        composition=ONE_VS_REST,
    )


def hierarchical() -> Recipe:
    """One net for bundles of classes, then one within each bundle of several.

    Source: considered by the report, never built.
    Run: python train.py --recipe hierarchical
    Cost: about 37 min on 2 cores (estimated).
    Score: 0.754 on 2558 images out of fold (95 %: 0.737 to 0.770), cut down to 96 pixels and 10 epochs,
    where plain Lite0 has 0.766 (docs/report_claims.md); never run in full here.
    Open in the report: the bundles. Participants of the contest found Species1 and Species8 the hardest to
    tell apart, so these two are one here. Our nets confuse others more (of the 57 errors of `default` in
    results/default-seed0.json, 6 are between the two): --set bundles= bundles_from=runs/<name> finds the
    bundles in what a run confuses.
    """
    return replace(
        LITE0,
        name="hierarchical",
        summary="report: bundles of classes first, then within each",
        minutes=37.0,
        composition=HIERARCHICAL,
        bundles="Species1+Species8/Species2/Species3/Species4/Species5/Species6/Species7",
    )
