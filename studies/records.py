"""What each trained variant of a study came to, small enough to be committed.

<variant>.json   recipe, seed, versions, commit, cost, scores in all and of each fold
<variant>.npz    out of fold, in the order of the pixels' hashes: labels, answers (both uint8),
                 probabilities (float16), pixel_sha256 (its first 12 digits) and fold of each image
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plants import files
from plants.comparison import run_answers
from plants.comparison.run_answers import RunAnswers
from plants.errors import InputError
from plants.recipes import recipe as recipes
from plants.runs import run_folder
from plants.runs.changes import TrainingInputs, input_changes
from studies.variant import Variant

KEPT = (
    "recipe",
    "seed",
    "versions",
    "commit",
    "split",
    "cpu_seconds",
    "seconds",
    "parameters",
)  # of run.json
DIGITS = 12  # of a hash: 3010 images share none of them by chance but once in 60 million


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One variant's record and answers."""

    record: dict[str, Any]
    answers: RunAnswers

    @property
    def class_names(self) -> list[str]:
        return self.record["class_names"]


def write(folder: Path, variant: Variant, run: run_folder.Run) -> None:
    """Writes the record of a finished run; the JSON last, since it says that all is there."""
    answered = run_answers.of_run(run)
    record = {name: run.record[name] for name in KEPT}
    record["data"] = {name: run.record["data"][name] for name in ("content_hash", "n")}  # not where it lay
    record["class_names"] = list(run.class_names)
    record["out_of_fold"] = answered.scores(run.class_names) | {"folds": answered.fold_scores()}
    with files.whole_file(folder / f"{variant.name}.npz") as partial, open(partial, "wb") as file:
        np.savez_compressed(
            file,
            labels=answered.labels.astype("uint8"),
            answers=answered.answers.astype("uint8"),
            probabilities=answered.probabilities.astype("float16"),
            pixel_sha256=answered.pixel_sha256.astype(f"S{DIGITS}"),
            fold=answered.fold.astype("uint8"),
        )
    files.write_json(folder / f"{variant.name}.json", record)


def read(folder: Path, variant: Variant) -> Measurement | None:
    """The measurement of a variant, or None if it was not trained yet.

    Raises InputError if it was measured with another recipe or seed, or its files do not fit.
    """
    path, beside = folder / f"{variant.name}.json", folder / f"{variant.name}.npz"
    if not path.exists():
        return None
    try:
        record, answers = files.read_json(path), _read_answers(beside)
        scores, recipe = record["out_of_fold"], recipes.from_dict(record["recipe"])
        fits = (scores["n"], scores["accuracy"]) == (len(answers), answers.right.mean())
    except files.UNREADABLE as error:
        raise InputError(f"{path} or the .npz beside it cannot be read ({error}): restore both") from error
    if not fits:
        raise InputError(f"{beside} holds other answers than {path} says: restore both, or delete both")
    changed = input_changes(
        TrainingInputs(recipe, record["seed"]), TrainingInputs(variant.recipe, variant.seed)
    )
    if changed:
        raise InputError(
            f"{path} was measured with another {', '.join(changed)}: delete it and its .npz, and its run, "
            "to train it again"
        )
    return Measurement(record, answers)


def _read_answers(path: Path) -> RunAnswers:
    with np.load(path) as kept:
        return RunAnswers(
            labels=kept["labels"].astype(np.int64),
            answers=kept["answers"].astype(np.int64),
            probabilities=kept["probabilities"],
            pixel_sha256=kept["pixel_sha256"].astype(str),
            fold=kept["fold"].astype(np.int64),
        )


def read_all(folder: Path, variants: Sequence[Variant]) -> dict[str, Measurement]:
    """By name, of those that are trained. Raises InputError as `read`, and if images differ."""
    read_ones = {variant.name: read(folder, variant) for variant in variants}
    measured = {name: measurement for name, measurement in read_ones.items() if measurement}
    names = list(measured)
    for name in names[1:]:
        run_answers.refuse_other_images(measured[names[0]].answers, measured[name].answers, (names[0], name))
    return measured
