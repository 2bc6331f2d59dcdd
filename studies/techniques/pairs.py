"""Which variants are compared: each technique with what lacks it alone."""

from studies.comparisons import Pair
from studies.techniques import variants

# They have the baseline's own training, step by step, and differ in what is kept of it.
SAME_TRAINING = ("ema-0.99", "ema-0.998", "soup-5")
# They differ from the baseline in size as well, and from these in one thing.
OTHER_REFERENCE = {"two-sizes": "size-128", "two-sizes-growing": "two-sizes"}


def _pair(name: str) -> Pair:
    return Pair(
        OTHER_REFERENCE.get(name, "baseline"),
        name,
        not_tested="not tested: what the seed alone makes" if name == "seed-1" else "",
        shared_training=name in SAME_TRAINING,
    )


PAIRS = tuple(_pair(variant.name) for variant in variants.VARIANTS if variant.name != "baseline")
