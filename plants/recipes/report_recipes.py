"""The systems of the report, each by name, and the three it considered but never built.

The report is that of a team of students on their entry to the contest: homework 1 of the course Artificial
Neural Networks and Deep Learning (AN2DL) 2022/23 at Politecnico di Milano, CodaLab competition 8522, where
its final model reached an accuracy of 0.92 on hidden images.

The report gives no input size but where said below, no batch size, no largest number of epochs and
no ranges of its augmentation and noise: those are ours, the same for all. Its scores are on its own
splits or on the contest's hidden images; ours, where measured, are in docs/report_claims.md.
Minutes are those of all epochs on 2 CPU cores, estimated from multiply-adds; patience ends most
trainings long before. The larger nets want a GPU.

No value here comes from a recipe of ours: `default` may change, and these may not.
"""

from dataclasses import replace

from plants.recipes.recipe import HIERARCHICAL, ONE_VS_REST, Augmentation, Dense, Phase, Recipe

AUGMENTATION = Augmentation(
    zoom_in=0.2,
    zoom_out=0.2,
    rotation=30.0,
    translation=0.1,
    flips="both",
    brightness=0.1,
    contrast=0.1,
    saturation=0.1,
)
# The dense layers of the final model, with batch normalization and dropout 0.4.
HEAD = tuple(Dense(units, batch_norm=True, dropout=0.4) for units in (512, 256, 128))
# What the report tried or considered beside its own nets is tried on this one, which a CPU can train. It is
# `default` as it was when docs/report_claims.md was measured.
LITE0 = Recipe(
    name="plain-lite0",
    summary="EfficientNet-Lite0, all layers, at 128, then 160 pixels; 4 views",
    minutes=34.0,
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


def _phases(image_size, *, trainable="all"):
    """Frozen with Adam at 1e-3 and patience 10, then fine-tuned at 1e-5 with patience 30."""
    return (
        Phase("frozen", 60, 1e-3, image_size, trainable="none", batch_norm="frozen", patience=10),
        Phase("fine-tuned", 200, 1e-5, image_size, trainable=trainable, batch_norm="frozen", patience=30),
    )


def _of_report(name, backbone, image_size, *, trainable="all", **fields):
    values = dict(
        backbone=backbone,
        phases=_phases(image_size, trainable=trainable),
        image_size=image_size,
        augmentation=AUGMENTATION,
        feature_noise=0.1,
        head=HEAD,
    )
    return Recipe(name=name, **values | fields)


def vgg16_pad():
    """VGG16, the photo in the middle of a black canvas; augmentation acts on the canvas.

    Source: the report's first system, F1 0.6683 for VGG16 and VGG19.
    Run: python train.py --recipe vgg16-pad
    Cost: up to 70 h on 2 cores (estimated). Score: none, never run in full here.
    Open in the report: the input size; 224 is the one VGG was trained at. The head is the final model's.
    """
    summary = "report: VGG16, zero-padded to 224 pixels"
    return _of_report("vgg16-pad", "vgg16", 224, fit="pad", summary=summary, minutes=4200.0)


def vgg19_pad():
    """VGG19, otherwise as `vgg16-pad`.

    Source: the report's first system, F1 0.6683 for VGG16 and VGG19.
    Run: python train.py --recipe vgg19-pad
    Cost: up to 88 h on 2 cores (estimated). Score: none, never run in full here.
    Open in the report: as for vgg16-pad.
    """
    summary = "report: VGG19, zero-padded to 224 pixels"
    return _of_report("vgg19-pad", "vgg19", 224, fit="pad", summary=summary, minutes=5300.0)


def efficientnetb7_pad():
    """EfficientNetB7 at its own 600 pixels: nearly all of what it sees is black.

    Source: the report, which found B0 better than B7, both padded.
    Run: python train.py --recipe efficientnetb7-pad
    Cost: up to 22 days on 2 cores (estimated): for a GPU. Score: none, never run in full here.
    Open in the report: the batch, 8 here for the memory's sake. The head is the final model's.
    """
    summary = "report: EfficientNetB7, zero-padded to 600 pixels; for a GPU"
    return _of_report(
        *("efficientnetb7-pad", "efficientnetb7", 600),
        fit="pad",
        batch_size=8,
        summary=summary,
        minutes=31_600.0,
    )


def efficientnetb0_pad():
    """EfficientNetB0 at its own 224 pixels, padded.

    Source: the report: better than B7 padded, worse than B0 resized.
    Run: python train.py --recipe efficientnetb0-pad
    Cost: up to 6 h on 2 cores (estimated). Score: none, never run in full here.
    Open in the report: noise and ranges. The head is the final model's.
    """
    summary = "report: EfficientNetB0, zero-padded to 224 pixels"
    return _of_report("efficientnetb0-pad", "efficientnetb0", 224, fit="pad", summary=summary, minutes=340.0)


def efficientnetb0():
    """EfficientNetB0 with the photo resized to its 224 pixels.

    Source: the report: better than padding.
    Run: python train.py --recipe efficientnetb0
    Cost: up to 6 h on 2 cores (estimated). Score: none, never run in full here.
    Open in the report: how it resizes (bicubic here). The head is the final model's.
    """
    summary = "report: EfficientNetB0, resized to 224 pixels"
    return _of_report("efficientnetb0", "efficientnetb0", 224, summary=summary, minutes=340.0)


def efficientnetv2b0():
    """EfficientNetV2B0, fine-tuned in some layers; the system the report searched a head for.

    Source: the report, F1 about 0.9, after a search over the number of dense layers, their neurons
    and the dropout rate (`search.py`).
    Run: python train.py --recipe efficientnetv2b0, or python search.py --recipe efficientnetv2b0
    Cost: up to 10 h on 2 cores (estimated). Score: none, never run in full here.
    Open in the report: which layers; the last 60 with weights here. What its search found; the head
    is the final model's here.
    """
    summary = "report: EfficientNetV2B0, resized to 224 pixels, partly fine-tuned"
    return _of_report(
        *("efficientnetv2b0", "efficientnetv2b0", 224),
        trainable="last-60",
        summary=summary,
        minutes=610.0,
    )


def efficientnetv2l():
    """The report's final model: EfficientNetV2L, dense 512, 256 and 128, dropout 0.4, GaussianNoise.

    Source: the report, accuracy 0.92 in both phases of the contest.
    Run: python train.py --recipe efficientnetv2l
    Cost: up to 33 days on 2 cores (estimated): for a GPU. Score: none, never run in full here.
    Open in the report: the input size, 480 here, at which its weights were trained; the batch of 8;
    where the noise is and how much: 0.1 on the pooled features here.
    """
    summary = "report: the final model, EfficientNetV2L at 480 pixels; for a GPU"
    return _of_report(
        "efficientnetv2l", "efficientnetv2l", 480, batch_size=8, summary=summary, minutes=47_700.0
    )


def report_lite0():
    """The report's two phases and augmentation on EfficientNet-Lite0, for a machine without a GPU.

    Source: the report's final model, but for the backbone and its dense layers.
    Run: python train.py --recipe report-lite0
    Cost: up to 135 min on 2 cores (estimated). Score: none on record.
    Open in the report: input size 128, pixel noise of 2.55 (1 % of the range).
    """
    return _of_report(
        *("report-lite0", "lite0", 128),
        augmentation=replace(AUGMENTATION, noise=2.55),
        feature_noise=0.0,
        head=(),
        dropout=0.4,
        summary="the report's two phases on EfficientNet-Lite0: frozen, then fine-tuned at 1e-5",
        minutes=135.0,
    )


def kfold():
    """Five nets, each validated on another fifth of what is not held out; the zip averages them.

    Source: the report's StratifiedKFold, of which it used only the first split, for lack of compute:
    --set first_fold_only=true does so.
    Run: python train.py --recipe kfold (or any recipe with --folds 5)
    Cost: about 2 h 50 min on 2 cores (estimated).
    Score: 0.780 on 2558 images out of fold (95 %: 0.763 to 0.796), cut down to 96 pixels and 10 epochs,
    where plain Lite0 has 0.766 (docs/report_claims.md); never run in full here.
    Open in the report: the number of folds.
    """
    return replace(LITE0, name="kfold", summary="report: five folds, averaged", minutes=170.0, folds=5)


def class_weight():
    """Keras's class_weight with scikit-learn's balanced weights.

    Source: the report, discarded for "terribly poor effects".
    Run: python train.py --recipe class-weight
    Cost: about 34 min on 2 cores (estimated).
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


def class_weight_own():
    """Our own class weights: square roots of the balanced ones, right with mixed labels.

    Source: the report's second try at class weights, its own implementation, discarded as well.
    Run: python train.py --recipe class-weight-own
    Cost: about 34 min on 2 cores (estimated).
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


def oversampling():
    """Rare classes as often in an epoch as the largest one, in the training part only.

    Source: considered by the report, never built.
    Run: python train.py --recipe oversampling
    Cost: about 42 min on 2 cores (estimated).
    Score: 0.771 on 2558 images out of fold (95 %: 0.755 to 0.787), cut down to 96 pixels and 10 epochs,
    where plain Lite0 has 0.766 (docs/report_claims.md); never run in full here.
    Open in the report: how often; evenly here.
    """
    return replace(
        LITE0,
        name="oversampling",
        summary="report: rare classes drawn more often",
        minutes=42.0,
        imbalance="oversampling",
    )


def one_vs_rest():
    """Eight binary nets, one for each class against all others; their odds decide.

    Source: considered by the report as a boosting approach, never built.
    Run: python train.py --recipe one-vs-rest
    Cost: about 4 h 30 min on 2 cores (estimated).
    Score: 0.790 on 2558 images out of fold (95 %: 0.774 to 0.805), cut down to 96 pixels and 10 epochs,
    where plain Lite0 has 0.766 (docs/report_claims.md); never run in full here.
    Open in the report: all of it.
    """
    return replace(
        LITE0,
        name="one-vs-rest",
        summary="report: a binary net for each class",
        minutes=272.0,
        composition=ONE_VS_REST,
    )


def hierarchical():
    """One net for bundles of classes, then one within each bundle of several.

    Source: considered by the report, never built.
    Run: python train.py --recipe hierarchical
    Cost: about 50 min on 2 cores (estimated).
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
        minutes=50.0,
        composition=HIERARCHICAL,
        bundles="Species1+Species8/Species2/Species3/Species4/Species5/Species6/Species7",
    )
