"""One net, from its task to a finished run folder."""

import numpy as np
import numpy.typing as npt

from plants import files, interrupts
from plants.data.dataset import Dataset
from plants.errors import InputError
from plants.runs import run_folder
from plants.runs.load_net import load_predictor
from plants.runs.run_folder import Record, Run
from plants.training import run_files, run_pictures, scores
from plants.training.phases import Training

PARITY_IMAGES = 64  # kept with the run, to prove later that the exported net answers alike


def train(training: Training, record: Record) -> Run:
    """Trains one net in its folder, of which `record` is run.json.

    Ctrl-C and a loss that is not finite end it early: its best epoch so far is kept as a usable
    run, marked as interrupted, and the error is raised again.
    """
    try:
        _write_inputs(training, record)
        training.run()
    except (KeyboardInterrupt, InputError):
        if training.state.best is None:
            training.say("\nstopped before the first epoch ended: nothing is kept")
            run_folder.clear(training.folder)
        else:
            training.say("\nstopping: the best epoch so far is being kept, this takes a moment")
            _conclude(training, record, run_folder.INTERRUPTED)
            training.say(f"{training.folder} is kept; the same command goes on with it")
        raise
    return _conclude(training, record, run_folder.FINISHED)


def _write_inputs(training: Training, record: Record) -> None:
    """What is known before the first epoch: the record, the images trained on, figure 1."""
    folder, training_set = training.folder, training.training_set
    files.write_json(folder / run_folder.RUN, record)
    run_files.write_training_images(folder, training_set)
    first = run_files.content_order(training_set)[0]  # the same image wherever the data lay
    run_pictures.augmented_variants(folder, training.recipe, training_set.images[first], seed=training.seed)


def _conclude(training: Training, record: Record, status: str) -> Run:
    """Everything that follows from the best weights; run.json last, since it says so."""
    with interrupts.ignored():  # an impatient second one would lose what the first one keeps
        folder, state = training.folder, training.state
        run = Run(folder, record | {"status": status})
        run.record.update(
            best=state.best,
            seconds=round(state.seconds, 1),
            cpu_seconds=round(state.cpu_seconds, 1),
            parameters=state.parameters,
        )
        write_answers(run, training.training_set, training.validation_set)
        run_pictures.learning_curves(folder, training.recipe, state.history)
        files.write_json(folder / run_folder.RUN, run.record)
        if status == run_folder.FINISHED:
            (folder / run_folder.CHECKPOINT).unlink(missing_ok=True)
    return run


def write_answers(run: Run, training_set: Dataset, validation_set: Dataset) -> None:
    """Predicts with a run's nets: parity.npz, and validation.npz and its score if there are such images."""
    shown = validation_set
    if not len(shown):  # a few are enough: they only prove the export
        shown = training_set.subset(run_files.content_order(training_set)[:PARITY_IMAGES])
    recipe = run.recipe
    probabilities = scores.predict(
        load_predictor(run), shown.images, image_size=recipe.image_size, views=recipe.views
    )
    run_files.write_parity(run.path, shown, probabilities, keep=PARITY_IMAGES)
    if len(validation_set):
        write_validation(run, validation_set, probabilities)


def write_validation(run: Run, validation_set: Dataset, probabilities: npt.NDArray[np.float32]) -> None:
    """validation.npz and the score: of probabilities (n, k), in the order of the images, n >= 1."""
    run_files.write_validation(run.path, validation_set, probabilities)
    right = probabilities.argmax(axis=1) == validation_set.labels
    run.record["validation"] = {"n": len(right), "accuracy": float(np.mean(right))}
