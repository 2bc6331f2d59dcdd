"""What is trained to screen techniques: a baseline, and recipes that differ from it in one of them.

Small images and few epochs, so that many techniques can be tried; what pays here is a candidate for the
full schedule and size, no more.
"""

import dataclasses
from typing import Any

from studies.report_claims import variants as claims
from studies.variant import Variant

EPOCHS = 11  # of all layers, after one of the head alone
BASELINE_MINUTES = 9.0  # of the baseline's folds on 2 CPU cores, estimated
LARGE = 128  # pixels, where the baseline has 96
UNMIXED = 2  # epochs at the end, about 15 %, after mixing has ended
MIXING_SHARE = 0.5

# From the report's claims, which take nothing from the recipe `default`: these are the values of the records.
HEAD = claims.BASELINE.phases[0]
ALL = dataclasses.replace(claims.BASELINE.phases[1], epochs=EPOCHS)
BASELINE = dataclasses.replace(
    claims.BASELINE,
    name="techniques-baseline",
    summary="what the techniques are measured from",
    minutes=BASELINE_MINUTES,
    phases=(HEAD, ALL),
    drop_path=0.1,
)


def _variant(name: str, summary: str, *, cost: float = 1.0, **changes: Any) -> Variant:
    """The baseline with `changes`; it takes about `cost` times as long."""
    minutes = BASELINE_MINUTES * cost
    own_name = f"techniques-{name.replace('.', '-')}"
    return Variant(
        name, dataclasses.replace(BASELINE, name=own_name, summary=summary, minutes=minutes, **changes)
    )


def _all(**changes: Any) -> dict[str, Any]:
    """The phases, with `changes` to that of all layers."""
    return {"phases": (HEAD, dataclasses.replace(ALL, **changes))}


def _mixing(kind: str) -> dict[str, Any]:
    return _all(mixed_epochs=EPOCHS - UNMIXED) | {"mixing": kind, "mixing_share": MIXING_SHARE}


def _two_sizes(low_strength: float) -> dict[str, Any]:
    """Half of the epochs at 96 pixels, at the full rate, then the cosine at LARGE."""
    low = dataclasses.replace(ALL, name="low", epochs=EPOCHS // 2, schedule="constant", strength=low_strength)
    high = dataclasses.replace(ALL, name="high", epochs=EPOCHS - EPOCHS // 2, image_size=LARGE)
    return {"phases": (HEAD, low, high), "image_size": LARGE}


def _larger_end() -> dict[str, Any]:
    """Two epochs at LARGE after all others, of the norms and the head alone, with weaker changes."""
    end = dataclasses.replace(
        ALL,
        name="end",
        epochs=2,
        image_size=LARGE,
        learning_rate=1e-4,
        trainable="norms",
        optimizer="adam",
        weight_decay=0.0,
        warmup_epochs=0.0,
        strength=0.5,
    )
    return {"phases": (HEAD, ALL, end), "image_size": LARGE}


def _at_large() -> dict[str, Any]:
    phases = tuple(dataclasses.replace(phase, image_size=LARGE) for phase in BASELINE.phases)
    return {"phases": phases, "image_size": LARGE}


HEAD_FIRST = dataclasses.replace(HEAD, epochs=20, augmented=False)

# The order is that of the training: the baseline and its spread first, the costliest last.
VARIANTS = (
    Variant("baseline", BASELINE),
    dataclasses.replace(_variant("seed-1", "the baseline with another seed"), seed=1),
    _variant("ema-0.99", "moving average of the weights, decay 0.99", **_all(ema=0.99)),
    _variant("ema-0.998", "moving average of the weights, decay 0.998", **_all(ema=0.998)),
    _variant("soup-5", "greedy mean of the 5 best epochs", cost=1.1, **_all(soup=5)),
    _variant("strength-0.5", "augmentation half as strong", **_all(strength=0.5)),
    _variant("strength-0.75", "augmentation three quarters as strong", **_all(strength=0.75)),
    _variant("mixup", "MixUp in half of the batches, not in the last 2 epochs", **_mixing("mixup")),
    _variant("cutmix", "CutMix in half of the batches, not in the last 2 epochs", **_mixing("cutmix")),
    _variant("head-first", "20 epochs of the head on frozen features first", phases=(HEAD_FIRST, ALL)),
    _variant("drop-path-0", "no drop-path", drop_path=0.0),
    _variant("drop-path-0.2", "drop-path 0.2", drop_path=0.2),
    _variant("label-smoothing-0", "no label smoothing", label_smoothing=0.0),
    _variant("logit-adjustment-0.5", "logit adjustment 0.5", logit_adjustment=0.5),
    _variant("logit-adjustment-1", "logit adjustment 1", logit_adjustment=1.0),
    _variant("larger-end", "2 more epochs of norms and head at 128 pixels", cost=1.3, **_larger_end()),
    _variant("two-sizes", "5 epochs at 96, then 6 at 128 pixels", cost=1.4, **_two_sizes(1.0)),
    _variant(
        "two-sizes-growing",
        "as two-sizes, augmentation half as strong at 96 pixels",
        cost=1.4,
        **_two_sizes(0.5),
    ),
    _variant("lite1", "Lite1", cost=1.4, backbone="lite1"),
    _variant("size-128", "128 pixels throughout", cost=1.75, **_at_large()),
    _variant("lite2", "Lite2", cost=1.8, backbone="lite2"),
    _variant("longer", "twice the epochs on one cosine", cost=2.0, **_all(epochs=2 * EPOCHS)),
)
