"""Zips whose fault shows only beside other things: the images, another zip, a harness that cannot work."""

import json
from unittest import mock

from plants.harness import batch
from plants.harness.examples import Examples
from plants.harness.judge import judge_zip
from plants.harness.options import JudgeOptions
from plants.sandbox import process
from submissions import making
from submissions.making import bad, good


def the_images():
    return Examples(making.dataset(), "all")


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


def after_the_good_one(path, profile):
    """The Verdict as the second of two zips, which are compared."""
    first = good(path.with_name("first.zip"))
    return batch.judge_all([first, path], the_images, JudgeOptions(profile))[1]


@bad(
    "CMP01",
    says=r"\+3\.3 pp against first\.zip, p=1: within noise \(95 % CI .*, 1 answers gained and 0",
    remedy="more images",
    judged=after_the_good_one,
)
def right_once_more_than_another(path):
    return making.predicting(
        path, "X = np.asarray(X)\nreturn np.where(X[:, 1, 1, 1] == 0, 0, X[:, 0, 0, 0]).astype(int)"
    )


@bad(
    "CMP01",
    says=r"-90\.0 pp against first\.zip, p=1\.5e-08: worse",
    cause="more than chance makes it",
    remedy="Keep the other",
    judged=after_the_good_one,
)
def wrong_wherever_another_is_right(path):
    return making.predicting(
        path, "X = np.asarray(X)[:, 0, 0, 0].astype(int)\nreturn np.where(X == 2, 0, X + 1)"
    )


def on_a_machine_that_ends_nothing(path, profile):
    """The Verdict where killed processes do not go away, as those that wait for a dead disk."""
    wait = process.subprocess.Popen.wait

    def in_vain(popen, timeout=None):
        code = wait(popen, timeout)
        if timeout == process.KILL_SECONDS:
            raise process.subprocess.TimeoutExpired(popen.args, timeout)
        return code

    with mock.patch.object(process.subprocess.Popen, "wait", in_vain):
        return judge_zip(path, the_images(), JudgeOptions(profile))


@bad(
    "HAR01",
    says="Harness problem, not yours: the submission's processes cannot be ended",
    remedy="Score again",
    judged=on_a_machine_that_ends_nothing,
)
def good_one_whose_process_stays(path):
    return good(path)


def without_an_interpreter(path, profile):
    return judge_zip(path, the_images(), JudgeOptions(profile, interpreters=("no-such-python",)))


@bad(
    "HAR02",
    says="Harness problem, not yours: --python no-such-python: not a Python interpreter that starts",
    remedy="Mend what is named",
    judged=without_an_interpreter,
)
def good_one_without_an_interpreter(path):
    return good(path)
