"""The training itself: the phases of a recipe, one after the other, resumable after each epoch.

The same seed, recipe and data on the same machine give the same weights, interrupted or not:
every epoch draws from its own generator, and a checkpoint holds net, optimizer and history.
Not fixed by the seed: the number of threads and the processor, which change roundings.
"""

import time

import keras
import numpy as np

from plants.errors import InputError
from plants.nets import build
from plants.training import batches, checkpoint, run_folder
from plants.training.progress import Progress, clock

PREDICT_BATCH = 64  # images a step when nothing is learned
FROZEN_COST = 0.35  # of an epoch with a frozen backbone, against one that trains it; measured


def set_trainable(net, phase):
    """Freezes what a phase does not train.

    A frozen BatchNormalization layer uses its moving statistics and keeps them, so with
    `batch_norm="frozen"` the pretrained statistics stay; with `"trained"` batch statistics
    normalise and the moving ones follow.
    """
    body = net.get_layer("backbone")
    body.trainable = phase.trainable == "all"
    for layer in body.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = phase.trainable == "all" and phase.batch_norm == "trained"


def epoch_work(phase, n):
    """Work of an epoch of n images, in pixels that go forward and back through the backbone."""
    share = 1.0 if phase.trainable == "all" else FROZEN_COST
    return share * phase.image_size**2 * n


def work(recipe, n):
    """Work of all phases on n images, if none ends early."""
    return sum(epoch_work(phase, n) * phase.epochs for phase in recipe.phases)


def learning_rate(phase, steps_per_epoch):
    """The learning rate of a phase, as a Keras schedule over its steps."""
    warmup = round(phase.warmup_epochs * steps_per_epoch)
    steps = phase.epochs * steps_per_epoch
    floor = 1.0 if phase.schedule == "constant" else 0.0  # share of the peak it falls to
    if not warmup:
        return keras.optimizers.schedules.CosineDecay(phase.learning_rate, steps, alpha=floor)
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(steps - warmup, 1), alpha=floor, warmup_target=phase.learning_rate, warmup_steps=warmup
    )


def optimizer(phase, recipe, steps_per_epoch):
    """The optimizer of a phase, weight decay off for norms and biases."""
    kinds = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW}
    settings = {"global_clipnorm": recipe.clip_norm or None}
    if phase.optimizer == "adamw":
        settings["weight_decay"] = phase.weight_decay
    made = kinds[phase.optimizer](learning_rate(phase, steps_per_epoch), **settings)
    if phase.optimizer == "adamw":
        made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return made


def predict(net, images):
    """Outputs of a net for uint8 or float images (n, 96, 96, 3), n = 0 too; float32."""
    starts = range(0, len(images), PREDICT_BATCH)
    parts = [net.predict_on_batch(images[i : i + PREDICT_BATCH].astype("float32")) for i in starts]
    return np.concatenate(parts) if parts else np.zeros((0, net.output_shape[-1]), "float32")


def accuracy_and_loss(logits, labels):
    """Share of right labels, and mean cross-entropy in nats, of logits (n, k)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    right = np.mean(logits.argmax(axis=1) == labels)
    return float(right), float(-np.mean(log_probabilities[np.arange(len(labels)), labels]))


def is_better(line, best, monitor):
    """Whether an epoch beats the best so far of its phase; without validation the last one counts.

    Epochs of different phases are not compared: they may have seen images of different sizes.
    """
    if best is None or best["phase"] != line["phase"] or "validation_accuracy" not in line:
        return True
    if monitor == "accuracy":
        return line["validation_accuracy"] > best["validation_accuracy"]
    return line["validation_loss"] < best["validation_loss"]


class Training:
    """One training in one run folder; `run` goes on from its checkpoint if there is one."""

    def __init__(self, recipe, training_part, validation_part, folder, *, seed, say=print):
        """The parts are datasets; an empty validation part means that the last epoch counts."""
        self.recipe, self.folder, self.seed, self.say = recipe, folder, seed, say
        self.training_part, self.validation_part = training_part, validation_part
        self.num_classes = len(training_part.class_names)
        self.targets = batches.one_hot(training_part.labels, self.num_classes)
        self.steps = batches.num_batches(len(training_part), recipe.batch_size)
        self.state, self._stored = checkpoint.load(folder)
        self.progress = Progress(work(recipe, len(training_part)))

    def run(self):
        """Trains all phases; afterwards the best weights lie in the run folder.

        Raises InputError at the first loss that is not finite.
        """
        if self.state.history:
            self.say(f"going on after epoch {len(self.state.history)} of an earlier try")
        self._skip_what_is_done()
        for index in range(self.state.phase, len(self.recipe.phases)):
            if index > self.state.phase:
                self.state.phase, self.state.epoch, self.state.waited = index, 0, 0
            self._run_phase(self.recipe.phases[index])

    def _skip_what_is_done(self):
        for index, phase in enumerate(self.recipe.phases[: self.state.phase + 1]):
            epochs = phase.epochs if index < self.state.phase else self.state.epoch
            self.progress.skip(epochs * epoch_work(phase, len(self.training_part)))

    def _prepare(self, phase):
        """The compiled net of a phase, and the variables a checkpoint must hold."""
        keras.utils.set_random_seed(batches.epoch_rng(self.seed, self.state.phase, 0).integers(2**31).item())
        started = self.state.best is not None
        net = build.build(self.recipe, self.num_classes, image_size=phase.image_size, pretrained=not started)
        if started:  # each phase starts from the best weights so far
            net.load_weights(self.folder / run_folder.WEIGHTS)
        set_trainable(net, phase)
        variables = list(net.variables)  # before compile: without metrics, with dropout's seeds
        net.compile(
            optimizer(phase, self.recipe, self.steps),
            keras.losses.CategoricalCrossentropy(
                from_logits=True, label_smoothing=self.recipe.label_smoothing
            ),
            metrics=["accuracy"],
            jit_compile=build.use_xla(),
        )
        net.optimizer.build(net.trainable_variables)
        variables += net.optimizer.variables
        if self._stored:
            checkpoint.restore(variables, self._stored)
            self._stored = None
        return net, variables

    def _run_phase(self, phase):
        net, variables = self._prepare(phase)
        if self.state.epoch == 0:  # its first epoch replaces the best weights that it started from
            checkpoint.save(self.folder, self.state, variables)
        while self.state.epoch < phase.epochs and not 0 < phase.patience <= self.state.waited:
            started = time.monotonic()
            line = self._run_epoch(net, phase)
            line["seconds"] = round(time.monotonic() - started, 3)
            self._conclude_epoch(net, line, variables)
            self._say_epoch(phase, line)
        if self.state.epoch < phase.epochs:
            self.progress.skip(epoch_work(phase, len(self.training_part)) * (phase.epochs - self.state.epoch))
            self.say(f"{phase.name}: no better epoch in {phase.patience}, ending the phase")

    def _run_epoch(self, net, phase):
        """Trains one epoch and validates; its line of the history."""
        line = {
            "phase": self.state.phase,
            "epoch": self.state.epoch + 1,
            **self._train_epoch(net, phase),
            "learning_rate": float(net.optimizer.learning_rate),
        }
        if len(self.validation_part):
            logits = predict(net, self.validation_part.images)
            accuracy, loss = accuracy_and_loss(logits, self.validation_part.labels)
            line.update(validation_loss=loss, validation_accuracy=accuracy)
        return line

    def _train_epoch(self, net, phase):
        """Mean loss and accuracy over the augmented images of one epoch, as they were learned."""
        sums, epoch = {"loss": 0.0, "accuracy": 0.0}, self.state.epoch
        rng = batches.epoch_rng(self.seed, self.state.phase, epoch)
        work = batches.augmented(
            self.training_part.images,
            self.targets,
            rng,
            ranges=self.recipe.augmentation,
            batch_size=self.recipe.batch_size,
        )
        for step, (images, targets) in enumerate(work, start=1):
            net.reset_metrics()  # Keras versions differ in whether logs speak of the batch or the epoch
            logs = net.train_on_batch(images, targets, return_dict=True)
            if not np.isfinite(logs["loss"]):
                raise InputError(
                    f"the loss is {logs['loss']} in phase {phase.name!r}, epoch {epoch + 1}, step {step}: "
                    f"lower phases.{self.state.phase}.learning_rate or set clip_norm=1"
                )
            for name in sums:
                sums[name] += float(logs[name]) * len(images)
            text = f"{phase.name}  epoch {epoch + 1}/{phase.epochs}  step {step}/{self.steps}"
            self.progress.advance(epoch_work(phase, len(self.training_part)) / self.steps, text)
        return {name: total / len(self.training_part) for name, total in sums.items()}

    def _conclude_epoch(self, net, line, variables):
        """Keeps the best weights, the history and a checkpoint, in this order.

        A kill in between repeats the epoch from the checkpoint, with the same result.
        """
        state = self.state
        state.epoch, state.waited = state.epoch + 1, state.waited + 1
        state.history.append(line)
        state.seconds += line["seconds"]
        if is_better(line, state.best, self.recipe.monitor):
            run_folder.save_weights(self.folder, net)
            state.best, state.waited = line, 0
        run_folder.write_metrics(self.folder, state.history)
        checkpoint.save(self.folder, state, variables)

    def _say_epoch(self, phase, line):
        parts = [
            f"{phase.name}  epoch {line['epoch']}/{phase.epochs}",
            f"loss {line['loss']:.3f}  accuracy {line['accuracy']:.3f}",
        ]
        if "validation_accuracy" in line:
            validation = (line["validation_loss"], line["validation_accuracy"])
            parts.append("validation loss {:.3f}  accuracy {:.3f}".format(*validation))
        self.progress.line("  ".join([*parts, clock(line["seconds"])]))
