"""One run, from a dataset to a finished run folder."""

import os
from pathlib import Path

import numpy as np

from plants import files
from plants.data import splits
from plants.errors import InputError
from plants.nets import build
from plants.recipes import recipe as recipes
from plants.training import phases, pictures, run_folder
from plants.training.progress import clock

PARITY_IMAGES = 64  # kept with the run, to prove later that the exported net answers alike
LATEST = "latest"


def make_run(recipe, dataset, folder, *, seed, command, say=print):
    """Trains a recipe on a dataset and leaves a complete run folder; returns its `Run`.

    An unfinished run of the same recipe, seed and data in `folder` goes on where it stopped.
    Ctrl-C ends a run early: what it has learned so far is kept as a usable run, marked as
    interrupted, and KeyboardInterrupt is raised again.

    Raises InputError if `folder` holds a finished or another run, or the data cannot be split.
    """
    folder = Path(folder)
    split = (splits.split if recipe.holdout else splits.whole)(dataset, recipe.split_seed)
    record = _new_record(recipe, dataset, split, seed=seed, command=command)
    claim(folder, record)
    _announce(recipe, record, say)
    training = phases.Training(
        recipe, dataset.subset(split.training), dataset.subset(split.validation), folder, seed=seed, say=say
    )
    _write_inputs(training, record)
    try:
        training.run()
    except KeyboardInterrupt:
        if training.state.best is None:
            say("\nstopped before the first epoch ended: nothing to build yet")
        else:
            _conclude(training, record, run_folder.INTERRUPTED)
            say(f"\nstopped: {folder} holds the best epoch so far; the same command goes on from here")
        raise
    return _conclude(training, record, run_folder.FINISHED)


def _new_record(recipe, dataset, split, *, seed, command):
    """run.json as it stands at the start of a training."""
    return {
        "format": run_folder.FORMAT,
        "status": run_folder.RUNNING,
        "recipe": recipes.to_dict(recipe),
        "seed": seed,
        "command": list(command),
        "versions": run_folder.versions(),
        "data": {"source": dataset.source, "content_hash": dataset.content_hash, "n": len(dataset)},
        "split": {
            "hash": split.hash,
            "seed": recipe.split_seed,
            "holdout": recipe.holdout,
            "n_training": len(split.training),
            "n_validation": len(split.validation),
            "n_held_out": len(split.held_out),
        },
        "class_names": list(dataset.class_names),
        "best": None,
        "validation": None,
        "seconds": None,
    }


def is_same_training(record, other):
    """Whether two run.json are tries at the same training, wherever the data lay."""

    def essence(of):
        return [recipes.from_dict(of["recipe"]), of["seed"], of["data"]["content_hash"], of["split"]["hash"]]

    return essence(record) == essence(other)


def claim(folder, record):
    """Makes the folder this run's own and clears what a killed try left half-written.

    Raises InputError if something else lies there: a finished run, another one, other files.
    """
    there = run_folder.read_record(folder)
    if there is None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"{folder} exists and is not a run folder: choose another --out")
    elif there["status"] == run_folder.FINISHED:
        raise InputError(f"{folder} holds a finished run: choose another --out, or delete it first")
    elif not is_same_training(record, there):
        raise InputError(
            f"{folder} holds an unfinished run of another recipe, seed or data: "
            "choose another --out, or delete it first"
        )
    folder.mkdir(parents=True, exist_ok=True)
    files.sweep_partials(folder)


def _announce(recipe, record, say):
    parts, data = record["split"], record["data"]
    say(
        f"{data['source']}: {data['n']} images of {len(record['class_names'])} classes; "
        f"{parts['n_training']} to train on, {parts['n_validation']} for validation, "
        f"{parts['n_held_out']} held out"
    )
    seconds = 60 * recipe.minutes * parts["n_training"] / recipes.MEASURED_ON
    say(f"recipe {recipe.name!r}: expect about {clock(seconds)} on 2 CPU cores; Ctrl-C keeps what is learned")


def _write_inputs(training, record):
    """What is known before the first epoch: the record, the images trained on, figure 1."""
    folder, part = training.folder, training.training_part
    images = sorted(zip(part.pixel_sha256, part.perceptual_hashes, strict=True))
    files.write_json(folder / run_folder.RUN, record)
    files.write_json(
        folder / run_folder.TRAINING_IMAGES,
        {"pixel_sha256": [sha for sha, _ in images], "perceptual_hash": [hash_ for _, hash_ in images]},
    )
    first = part.pixel_sha256.index(images[0][0])  # the same image wherever the data lay
    pictures.augmented_variants(folder, training.recipe, part.images[first], seed=training.seed)


def _conclude(training, record, status):
    """Everything that follows from the best weights; run.json last, since it says so."""
    folder, state, validation = training.folder, training.state, training.validation_part
    run = run_folder.Run(folder, record | {"status": status})
    predictor = build.load_predictor(run)
    shown = validation if len(validation) else training.training_part
    probabilities = phases.predict(predictor, shown.images)
    run_folder.write_parity(folder, shown, probabilities, keep=PARITY_IMAGES)
    pictures.learning_curves(folder, training.recipe, state.history)
    run.record.update(best=state.best, seconds=round(state.seconds, 1))
    if len(validation):
        run_folder.write_validation(folder, validation, probabilities)
        right = probabilities.argmax(axis=1) == validation.labels
        run.record["validation"] = {"n": len(right), "accuracy": float(np.mean(right))}
    files.write_json(folder / run_folder.RUN, run.record)
    if status == run_folder.FINISHED:
        (folder / run_folder.CHECKPOINT).unlink(missing_ok=True)
    _point_latest_to(folder)
    return run


def _point_latest_to(folder):
    """runs/latest -> the newest run, for runs that lie in a folder named runs."""
    folder = folder.resolve()
    if folder.parent.name != "runs":
        return
    link = folder.parent / LATEST
    fresh = link.with_name(LATEST + files.PARTIAL)
    fresh.unlink(missing_ok=True)
    try:
        fresh.symlink_to(folder.name)
        os.replace(fresh, link)
    except OSError:  # Windows without the right to make links; the run itself is whole
        fresh.unlink(missing_ok=True)
