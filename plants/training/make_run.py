"""One run, from a dataset to a finished run folder."""

import contextlib
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np

from plants import files
from plants.data import splits
from plants.errors import InputError
from plants.nets import build
from plants.recipes import catalog
from plants.recipes import recipe as recipes
from plants.training import claim, phases, pictures, run_folder
from plants.training.progress import clock

PARITY_IMAGES = 64  # kept with the run, to prove later that the exported net answers alike


def make_run(recipe, dataset, folder=None, *, seed, command, say=print):
    """Trains a recipe on a dataset and leaves a complete run folder; returns its `Run`.

    Without a `folder` it is runs/<date>-<recipe>. An unfinished run of the same recipe, seed and
    data goes on where it stopped. Ctrl-C and a loss that is not finite end a run early: its best
    epoch so far is kept as a usable run, marked as interrupted, and the error is raised again.

    Raises InputError if `folder` holds a finished or another run, if it cannot be written, or if
    the data cannot be split.
    """
    split = (splits.split if recipe.holdout else splits.whole)(dataset, recipe.split_seed)
    record = _new_record(recipe, dataset, split, seed=seed, command=command)
    folder = Path(folder) if folder else claim.default_folder(record)
    try:
        with claim.claimed(folder, record):
            training = phases.Training(
                recipe,
                dataset.subset(split.training),
                dataset.subset(split.validation),
                folder,
                seed=seed,
                say=say,
            )
            return _train(training, record)
    except OSError as error:
        raise InputError(
            f"cannot write the run in {folder}: {error.strerror or error}; free space or choose another --out"
        ) from error


def _train(training, record):
    """Announces, trains, and concludes the run, stopped early or not."""
    _announce(training, record)
    try:
        _write_inputs(training, record)
        training.run()
    except (KeyboardInterrupt, InputError):
        if training.state.best is None:
            training.say("\nstopped before the first epoch ended: nothing is kept")
            shutil.rmtree(training.folder)
        else:
            training.say("\nstopping: the best epoch so far is being kept, this takes a moment")
            _conclude(training, record, run_folder.INTERRUPTED)
            training.say(f"{training.folder} can be built; the same train.py command goes on with it")
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
        "commit": _commit(),
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


def _commit():
    """The commit of this code, "-dirty" after it if it was changed since; None outside git."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def expected_seconds(asked, n_training):
    """What training the recipe `asked` takes on 2 CPU cores, from the minutes its namesake takes."""
    recipe = catalog.RECIPES.get(asked.name, asked)
    share = phases.work(asked, n_training) / phases.work(recipe, recipes.MEASURED_ON)
    return 60 * recipe.minutes * share


def _announce(training, record):
    parts, data, recipe, say = record["split"], record["data"], training.recipe, training.say
    say(
        f"{data['source']}: {data['n']} images of {len(record['class_names'])} classes; "
        f"{parts['n_training']} to train on, {parts['n_validation']} for validation, "
        f"{parts['n_held_out']} held out"
    )
    seconds = expected_seconds(recipe, parts["n_training"])
    say(f"recipe {recipe.name!r}: expect about {clock(seconds)} on 2 CPU cores; Ctrl-C keeps what is learned")
    if not parts["n_validation"] and any(phase.patience for phase in recipe.phases):
        say("no validation images, so patience has no effect: every phase trains all its epochs")


def _write_inputs(training, record):
    """What is known before the first epoch: the record, the images trained on, figure 1."""
    folder, part = training.folder, training.training_part
    images = sorted(zip(part.pixel_sha256, part.perceptual_hashes, strict=True))
    files.write_json(folder / run_folder.RUN, record)
    files.write_json(
        folder / run_folder.TRAINING_IMAGES,
        {"pixel_sha256": [sha for sha, _ in images], "perceptual_hash": [code for _, code in images]},
    )
    first = part.pixel_sha256.index(images[0][0])  # the same image wherever the data lay
    pictures.augmented_variants(folder, training.recipe, part.images[first], seed=training.seed)


def _conclude(training, record, status):
    """Everything that follows from the best weights; run.json last, since it says so."""
    with _deaf_to_ctrl_c():  # an impatient second one would lose what the first one keeps
        folder, state, validation = training.folder, training.state, training.validation_part
        run = run_folder.Run(folder, record | {"status": status})
        shown = validation
        if not len(shown):  # a few are enough: they only prove the export
            part = training.training_part
            shown = part.subset(run_folder.content_order(part)[:PARITY_IMAGES])
        probabilities = phases.predict(build.load_predictor(run), shown.images)
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
        claim.point_latest_to(folder, say=training.say)
    return run


@contextlib.contextmanager
def _deaf_to_ctrl_c():
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
