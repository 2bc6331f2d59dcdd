"""Zips whose fault shows only beside other things: the images, another zip, a harness that cannot work."""

import json

from plants.harness import verdict
from plants.harness.examples import Examples
from submissions import making
from submissions.making import bad, good


def trained_on(path, shas, perceptual_hashes=None):
    """The good submission with a manifest that names these as the images it was trained on."""
    images = {"pixel_sha256": shas}
    if perceptual_hashes:
        images["perceptual_hash"] = perceptual_hashes
    split = {"hash": "0" * 64, "seed": 0, "holdout": 0.15}
    manifest = dict(format=1, class_names=making.CLASS_NAMES, split=split, training_images=images)
    return good(path, manifest__json=json.dumps(manifest))


@bad(
    "SEM04",
    file="manifest.json",
    says="Of 30 scored images 3 were trained on: the score is not an estimate",
    remedy="--split test",
)
def trained_on_what_is_scored(path):
    shas = making.dataset().pixel_sha256
    return trained_on(path, [shas[0], shas[5], shas[7], "f" * 64])


def without_an_interpreter(path, profile):
    return verdict.judge(
        path, Examples(making.dataset(), "all"), profile=profile, interpreter="no-such-python"
    )


@bad(
    "HAR02",
    says="Harness problem, not yours: --python no-such-python: not a Python interpreter that starts",
    remedy="Mend what is named",
    judged=without_an_interpreter,
)
def good_one_without_an_interpreter(path):
    return good(path)
