"""The training itself: the phases of a recipe, one after the other, resumable after each epoch.

The same seed, recipe and data on the same machine give the same weights, interrupted or not:
every epoch draws from its own generator, and a checkpoint holds net, optimizer and history.
Not fixed by the seed: the number of threads and the processor, which change roundings.
"""

import contextlib
import functools
import itertools
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from plants import interrupts
from plants.data.dataset import Dataset
from plants.errors import DivergedError
from plants.nets import build
from plants.progress import Progress, clock
from plants.recipes.recipe import Phase, Recipe
from plants.runs import run_folder
from plants.runs.run_folder import EpochLine
from plants.training import (
    batches,
    checkpoint,
    frozen_features,
    imbalance,
    losses,
    memory,
    norm_statistics,
    optimizers,
    run_files,
    scores,
    soup,
    variation,
    weight_values,
)
from plants.training.learner import Learner
from plants.training.moving_average import MovingAverage
from plants.training.work import epoch_work, features_work, work

# Of the training images, for the statistics of a mean's norms: each has a value at every place of a map.
STATISTICS_BATCHES = 32


class Training:
    """One training in one run folder; `run` goes on from its checkpoint if there is one."""

    def __init__(
        self,
        recipe: Recipe,
        datasets: tuple[Dataset, Dataset],
        folder: Path,
        *,
        seed: int,
        say: Callable[[str], None] = print,
        after_epoch: Callable[[EpochLine], None] | None = None,
    ) -> None:
        """`datasets` are those to train on and to validate with; with an empty second one the
        last epoch counts. `after_epoch(line)` is called with each new line of the history."""
        self.recipe, self.folder, self.seed, self.say = recipe, folder, seed, say
        self.training_set, self.validation_set = datasets
        self.after_epoch = after_epoch or (lambda line: None)
        self.num_classes = len(self.training_set.class_names)
        self.epoch_size = batches.epoch_size(self.training_set.labels, recipe)
        self.steps = batches.num_batches(self.epoch_size, recipe.batch_size)
        self.state, self._stored = checkpoint.load(folder)
        self.progress = Progress(work(recipe, self.epoch_size))
        self._stop_if_interrupted: Callable[[], None] = lambda: None  # set while it runs

    def run(self) -> None:
        """Trains all phases; afterwards the best weights lie in the run folder.

        Raises DivergedError at the first loss that is not finite, InputError if the memory is not enough,
        and what `after_epoch` raises.
        """
        if self.state.history:
            self.say(f"going on after epoch {len(self.state.history)} of an earlier try")
        self._skip_what_is_done()
        with interrupts.reraise_lost_interrupts() as self._stop_if_interrupted:
            for index in range(self.state.phase, len(self.recipe.phases)):
                if index > self.state.phase:
                    self.state.phase, self.state.epoch, self.state.waited = index, 0, 0
                    self.state.souped = False
                self._run_phase(self.recipe.phases[index])

    def _skip_what_is_done(self) -> None:
        for index, phase in enumerate(self.recipe.phases[: self.state.phase + 1]):
            is_over = index < self.state.phase
            epochs = phase.epochs if is_over else self.state.epoch
            self.progress.skip(epochs * epoch_work(phase, self.epoch_size))
            if is_over:  # features are not kept: going on within the phase computes them again
                self.progress.skip(features_work(phase, self.epoch_size))

    def prepare(self, phase: Phase) -> Learner:
        """The net of a phase, as it is after the phases before."""
        keras.utils.set_random_seed(batches.epoch_rng(self.seed, self.state.phase, 0).integers(2**31).item())
        started = self.state.best is not None
        net = build.build(
            self.recipe,
            self.num_classes,
            image_size=phase.image_size,
            input_side=phase.image_size if self.recipe.fit == "pad" else self.training_set.side,
            pretrained=not started,
        )
        optimizers.refuse_missing_layers(net, self.recipe)  # now, not after the phases before it
        if started:  # each phase starts from the best weights so far
            net.load_weights(self.folder / run_folder.WEIGHTS)
        optimizers.set_trainable(net, phase)
        self.state.parameters = net.count_params()
        variables = list(net.variables)  # before compile: without metrics, with dropout's seeds
        body, model = frozen_features.split(net) if frozen_features.are_fixed(phase) else (None, net)
        model.compile(
            optimizers.optimizer(phase, self.recipe, self.steps),
            losses.of_recipe(self.recipe, self.training_set.labels, self.num_classes),
            metrics=["accuracy"],
            jit_compile=build.use_xla(),
        )
        model.optimizer.build(model.trainable_variables)
        variables += model.optimizer.variables
        average = MovingAverage(net, phase.ema) if phase.ema else None
        variables += average.variables if average else []
        if self._stored:
            weight_values.put(variables, self._stored)
            self._stored = None
        return Learner(net, model, *self._inputs(body, phase), variables, average)

    def _inputs(self, body: keras.Model | None, phase: Phase) -> tuple[batches.Inputs, batches.Inputs]:
        """What is fed to train and to validate: the images, or what `body` makes of them."""
        images = self.training_set.images, self.validation_set.images
        if body is None:
            return images
        started = time.monotonic()
        training, validation = (scores.predict(body, part, image_size=phase.image_size) for part in images)
        self.state.seconds += time.monotonic() - started
        self.progress.advance(features_work(phase, self.epoch_size), f"{phase.name}  features")
        return training, validation

    def _run_phase(self, phase: Phase) -> None:
        started = time.process_time()
        with memory.net_must_fit():
            learner = self.prepare(phase)
        self._stop_if_interrupted()
        self.state.cpu_seconds += time.process_time() - started
        if self.state.epoch == 0:  # its first epoch may replace the best weights that it started from
            checkpoint.save(self.folder, self.state, learner.variables)
        while self.state.epoch < phase.epochs and not 0 < phase.patience <= self.state.waited:
            clocks = time.monotonic(), time.process_time()
            with memory.step_must_fit(self.recipe.batch_size):
                line = self._run_epoch(learner, phase)
            line["seconds"] = round(time.monotonic() - clocks[0], 3)
            self.state.cpu_seconds += time.process_time() - clocks[1]
            self._stop_if_interrupted()
            with interrupts.held_back():  # weights and history belong together
                self._conclude_epoch(learner, line)
            self._say_epoch(phase, line)
            self.after_epoch(line)
        if self.state.epoch < phase.epochs:
            self.progress.skip(epoch_work(phase, self.epoch_size) * (phase.epochs - self.state.epoch))
            self.say(f"{phase.name}: no better epoch in {phase.patience}, ending the phase")
        if phase.soup:
            if not self.state.souped:
                self._try_soup(learner, phase)
            soup.clear(self.folder)

    def _run_epoch(self, learner: Learner, phase: Phase) -> EpochLine:
        """Trains one epoch and validates."""
        line: EpochLine = {
            "phase": self.state.phase,
            "epoch": self.state.epoch + 1,
            **self.train_epoch(learner, phase),
            "learning_rate": float(learner.model.optimizer.learning_rate),
        }
        with learner.showing_what_is_kept():
            return line | self._validate(learner, phase)

    def _validate(self, learner: Learner, phase: Phase) -> dict[str, float]:
        """The scores on validation of the weights as they are; none without such images."""
        if not len(self.validation_set):
            return {}
        logits = scores.predict(learner.model, learner.validation, image_size=phase.image_size)
        return scores.validation_scores(logits, self.validation_set.labels)

    def train_epoch(self, learner: Learner, phase: Phase) -> dict[str, float]:
        """Mean loss and accuracy over the images of one epoch, as they were learned."""
        model, epoch = learner.model, self.state.epoch
        weigh = imbalance.weighting(self.recipe, self.training_set.labels, self.num_classes)
        sums = {"loss": 0.0, "accuracy": 0.0}
        with contextlib.closing(self._epoch_batches(learner, phase)) as epoch_batches:
            for step, (images, targets) in enumerate(epoch_batches, start=1):
                self._stop_if_interrupted()
                model.reset_metrics()  # Keras versions differ in whether logs speak of the batch or the epoch
                logs = model.train_on_batch(images, targets, return_dict=True, **weigh(targets))
                if not np.isfinite(logs["loss"]):
                    raise DivergedError(
                        f"the loss is {logs['loss']} in phase {phase.name!r}, epoch {epoch + 1}, step {step}"
                        f": lower phases.{self.state.phase}.learning_rate or set clip_norm=1"
                    )
                if learner.average:
                    learner.average.follow(epoch * self.steps + step)
                for name in sums:
                    sums[name] += float(logs[name]) * len(images)
                text = f"{phase.name}  epoch {epoch + 1}/{phase.epochs}  step {step}/{self.steps}"
                self.progress.advance(epoch_work(phase, self.epoch_size) / self.steps, text)
        return {name: total / self.epoch_size for name, total in sums.items()}

    def _epoch_batches(self, learner: Learner, phase: Phase) -> Generator[batches.Batch, None, None]:
        epoch_batches = batches.of_epoch(
            learner.training,
            self.training_set.labels,
            batches.epoch_rng(self.seed, self.state.phase, self.state.epoch),
            recipe=self.recipe,
            num_classes=self.num_classes,
            canvas=learner.model.input_shape[1],
            variation=variation.of_epoch(self.recipe, phase, self.state.epoch),
        )
        return batches.ahead(epoch_batches)

    def _conclude_epoch(self, learner: Learner, line: EpochLine) -> None:
        """Keeps the best weights, the history and a checkpoint, in this order.

        A kill in between repeats the epoch from the checkpoint, with the same result.
        """
        state, phases = self.state, self.recipe.phases
        # Patience is with this phase, whatever was reached before it.
        of_phase = [earlier for earlier in state.history if earlier["phase"] == state.phase]
        best_of_phase = scores.best(of_phase, phases)
        state.epoch, state.waited = state.epoch + 1, state.waited + 1
        state.history.append(line)
        state.seconds += line["seconds"]
        if scores.is_better(line, best_of_phase, phases):
            state.waited = 0
        candidates = soup.ingredients(state.history, state.phase, phases[state.phase])
        with learner.showing_what_is_kept():
            if scores.is_better(line, state.best, phases):
                run_files.write_weights(self.folder, learner.net)
                state.best = line
            if line in candidates:
                soup.keep(self.folder, state.epoch, learner.net)
        run_files.write_metrics(self.folder, state.history)
        checkpoint.save(self.folder, state, learner.variables)
        soup.keep_only(self.folder, [candidate["epoch"] for candidate in candidates])

    def _try_soup(self, learner: Learner, phase: Phase) -> None:
        """Keeps the phase's soup if there is one that is as good as the best weights so far."""
        clocks, state = (time.monotonic(), time.process_time()), self.state
        weights = weight_values.averageable(learner.net)
        candidates = soup.ingredients(state.history, state.phase, phase)
        with weight_values.put_back(weights), memory.step_must_fit(self.recipe.batch_size):
            made = soup.cook(candidates, phase, functools.partial(self._taste, learner, phase))
            with interrupts.held_back():
                if made and scores.is_no_worse(made.line, state.best, phase):
                    weight_values.put(weights, made.values)
                    run_files.write_weights(self.folder, learner.net)
                    state.best = made.line
                    self.say(f"{phase.name}: the mean of epochs {made.line['soup']} is kept")
                state.seconds += time.monotonic() - clocks[0]
                state.cpu_seconds += time.process_time() - clocks[1]
                state.souped = True
                checkpoint.save(self.folder, state, learner.variables)

    def _taste(self, learner: Learner, phase: Phase, epochs: list[int]) -> soup.Soup:
        """The mean of some epochs' weights, with statistics and scores of its own."""
        weights = weight_values.averageable(learner.net)
        weight_values.put(weights, soup.mean(self.folder, epochs))
        with contextlib.closing(self._epoch_batches(learner, phase)) as epoch_batches:
            norm_statistics.find(learner.model, self._some_inputs(epoch_batches))
        scored = self._validate(learner, phase)
        line = {"phase": self.state.phase, "epoch": epochs[0], "soup": epochs} | scored
        return soup.Soup(line, weight_values.of(weights))

    def _some_inputs(self, epoch_batches: Iterator[batches.Batch]) -> Iterator[npt.NDArray[np.float32]]:
        for inputs, _ in itertools.islice(epoch_batches, STATISTICS_BATCHES):
            self._stop_if_interrupted()
            yield inputs

    def _say_epoch(self, phase: Phase, line: EpochLine) -> None:
        parts = [
            f"{phase.name}  epoch {line['epoch']}/{phase.epochs}",
            f"loss {line['loss']:.3f}  accuracy {line['accuracy']:.3f}",
        ]
        if "validation_accuracy" in line:
            validation = (line["validation_loss"], line["validation_accuracy"])
            parts.append("validation loss {:.3f}  accuracy {:.3f}".format(*validation))
        self.progress.line("  ".join([*parts, clock(line["seconds"])]))
