"""The systems of the report, each by name; `report_ideas.py` has what it tried or considered beside them.

The report is that of a team of students on their entry to the contest: homework 1 of the course Artificial
Neural Networks and Deep Learning (AN2DL) 2022/23 at Politecnico di Milano, CodaLab competition 8522, where
its final model reached an accuracy of 0.92 on hidden images.

The report gives no input size but where said below, no batch size, no largest number of epochs and
no ranges of its augmentation and noise: those are ours, the same for all. Its scores are on its own
splits or on the contest's hidden images; ours, where measured, are in docs/report_claims.md.
Minutes are those of all epochs on 2 CPU cores, estimated from multiply-adds; patience ends most
trainings long before. The larger nets want a GPU.
"""

from dataclasses import replace

from plants.recipes.recipe import Augmentation, Dense, Phase, Recipe

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


def _phases(image_size: int, trainable: str) -> tuple[Phase, Phase]:
    """Frozen with Adam at 1e-3 and patience 10, then fine-tuned at 1e-5 with patience 30."""
    return (
        Phase("frozen", 60, 1e-3, image_size, trainable="none", batch_norm="frozen", patience=10),
        Phase("fine-tuned", 200, 1e-5, image_size, trainable=trainable, batch_norm="frozen", patience=30),
    )


def _of_report(
    name: str, summary: str, minutes: float, backbone: str, image_size: int, *, trainable: str = "all"
) -> Recipe:
    """What all have in common; what one has to itself is replaced."""
    return Recipe(
        name=name,
        summary=summary,
        minutes=minutes,
        backbone=backbone,
        phases=_phases(image_size, trainable),
        image_size=image_size,
        augmentation=AUGMENTATION,
        feature_noise=0.1,
        head=HEAD,
    )


def vgg16_pad() -> Recipe:
    """VGG16, the photo in the middle of a black canvas; augmentation acts on the canvas.

    Source: the report's first system, F1 0.6683 for VGG16 and VGG19.
    Run: python train.py --recipe vgg16-pad
    Cost: up to 70 h on 2 cores (estimated). Score: none, never run in full here.
    Open in the report: the input size; 224 is the one VGG was trained at. The head is the final model's.
    """
    summary = "report: VGG16, zero-padded to 224 pixels"
    return replace(_of_report("vgg16-pad", summary, 4200.0, "vgg16", 224), fit="pad")


def vgg19_pad() -> Recipe:
    """VGG19, otherwise as `vgg16-pad`.

    Source: the report's first system, F1 0.6683 for VGG16 and VGG19.
    Run: python train.py --recipe vgg19-pad
    Cost: up to 88 h on 2 cores (estimated). Score: none, never run in full here.
    Open in the report: as for vgg16-pad.
    """
    summary = "report: VGG19, zero-padded to 224 pixels"
    return replace(_of_report("vgg19-pad", summary, 5300.0, "vgg19", 224), fit="pad")


def efficientnetb7_pad() -> Recipe:
    """EfficientNetB7 at its own 600 pixels: nearly all of what it sees is black.

    Source: the report, which found B0 better than B7, both padded.
    Run: python train.py --recipe efficientnetb7-pad
    Cost: up to 22 days on 2 cores (estimated): for a GPU. Score: none, never run in full here.
    Open in the report: the batch, 8 here for the memory's sake. The head is the final model's.
    """
    summary = "report: EfficientNetB7, zero-padded to 600 pixels; for a GPU"
    recipe = _of_report("efficientnetb7-pad", summary, 31_600.0, "efficientnetb7", 600)
    return replace(recipe, fit="pad", batch_size=8)


def efficientnetb0_pad() -> Recipe:
    """EfficientNetB0 at its own 224 pixels, padded.

    Source: the report: better than B7 padded, worse than B0 resized.
    Run: python train.py --recipe efficientnetb0-pad
    Cost: up to 6 h on 2 cores (estimated). Score: none, never run in full here.
    Open in the report: noise and ranges. The head is the final model's.
    """
    summary = "report: EfficientNetB0, zero-padded to 224 pixels"
    return replace(_of_report("efficientnetb0-pad", summary, 340.0, "efficientnetb0", 224), fit="pad")


def efficientnetb0() -> Recipe:
    """EfficientNetB0 with the photo resized to its 224 pixels.

    Source: the report: better than padding.
    Run: python train.py --recipe efficientnetb0
    Cost: up to 6 h on 2 cores (estimated). Score: none, never run in full here.
    Open in the report: how it resizes (bicubic here). The head is the final model's.
    """
    summary = "report: EfficientNetB0, resized to 224 pixels"
    return _of_report("efficientnetb0", summary, 340.0, "efficientnetb0", 224)


def efficientnetv2b0() -> Recipe:
    """EfficientNetV2B0, fine-tuned in some layers; the system the report searched a head for.

    Source: the report, F1 about 0.9, after a search over the number of dense layers, their neurons
    and the dropout rate (`search.py`).
    Run: python train.py --recipe efficientnetv2b0, or python search.py --recipe efficientnetv2b0
    Cost: up to 10 h on 2 cores (estimated). Score: none, never run in full here.
    Open in the report: which layers; the last 60 with weights here. What its search found; the head
    is the final model's here.
    """
    summary = "report: EfficientNetV2B0, resized to 224 pixels, partly fine-tuned"
    return _of_report("efficientnetv2b0", summary, 610.0, "efficientnetv2b0", 224, trainable="last-60")


def efficientnetv2l() -> Recipe:
    """The report's final model: EfficientNetV2L, dense 512, 256 and 128, dropout 0.4, GaussianNoise.

    Source: the report, accuracy 0.92 in both phases of the contest.
    Run: python train.py --recipe efficientnetv2l
    Cost: up to 33 days on 2 cores (estimated): for a GPU. Score: none, never run in full here.
    Open in the report: the input size, 480 here, at which its weights were trained; the batch of 8;
    where the noise is and how much: 0.1 on the pooled features here.
    """
    summary = "report: the final model, EfficientNetV2L at 480 pixels; for a GPU"
    return replace(_of_report("efficientnetv2l", summary, 47_700.0, "efficientnetv2l", 480), batch_size=8)


def report_lite0() -> Recipe:
    """The report's two phases and augmentation on EfficientNet-Lite0, for a machine without a GPU.

    Source: the report's final model, but for the backbone and its dense layers.
    Run: python train.py --recipe report-lite0
    Cost: up to 135 min on 2 cores (estimated). Score: none on record.
    Open in the report: input size 128, pixel noise of 2.55 (1 % of the range).
    """
    summary = "the report's two phases on EfficientNet-Lite0: frozen, then fine-tuned at 1e-5"
    return replace(
        _of_report("report-lite0", summary, 135.0, "lite0", 128),
        augmentation=replace(AUGMENTATION, noise=2.55),
        feature_noise=0.0,
        head=(),
        dropout=0.4,
    )
