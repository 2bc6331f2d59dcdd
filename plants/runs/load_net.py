"""Run folders -> their trained predictors, of one net or of the nets of a composition."""

from collections.abc import Sequence

import keras
import numpy as np
import numpy.typing as npt

from plants import files
from plants.errors import InputError
from plants.nets import build
from plants.runs import run_folder
from plants.runs.run_folder import Run

# Below this a probability counts as this: one net alone must not rule a class out for ever.
LEAST = 1e-7


def load_predictor(run: Run) -> keras.Model:
    """The trained predictor of a run that has no folds.

    Input (n, side, side, 3) float32, raw RGB 0..255; output (n, k) float32, rows summing to 1.
    """
    return product(load_factors(run))


def load_factors(run: Run) -> list[keras.Model]:
    """The predictors whose normalised product is the run's answer.

    One for a single net. Of a composition, each net gives every class (n, k) the probability of
    the group that the class is in, or 1 where it was trained on images of other classes only. Raises
    InputError if weights are missing or do not fit.
    """
    factors = [_load_net(net) for net in run.nets]
    if "nets" not in run.record:
        return factors
    groups = [net.record["class_groups"] for net in run.nets]
    return [_spread(net, own, len(run.class_names)) for net, own in zip(factors, groups, strict=True)]


def _load_net(run: Run) -> keras.Model:
    net = build.build(run.recipe, len(run.class_names), input_side=run.image_side, pretrained=False)
    path = run.path / run_folder.WEIGHTS
    try:
        net.load_weights(path)
    except files.UNREADABLE as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{path} does not fit the run's net ({reason}); train again") from error
    return build.predictor(net, run.recipe.views)


def _spread(predictor: keras.Model, class_groups: Sequence[Sequence[int]], num_classes: int) -> keras.Model:
    """A predictor of groups as one of all classes: p @ matrix + rest."""
    matrix, rest = spreading(class_groups, num_classes)
    spread = keras.ops.matmul(predictor.output, matrix) + rest
    model = keras.Model(predictor.input, spread)  # no name: those in one product must differ
    model.jit_compile = build.use_xla()
    return model


def spreading(
    class_groups: Sequence[Sequence[int]], num_classes: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(m, k) and (k,): column c takes the probability of c's group, or 1 if it is in none."""
    matrix = np.zeros((len(class_groups), num_classes), "float32")
    for row, group in zip(matrix, class_groups, strict=True):
        row[list(group)] = 1
    return matrix, 1 - matrix.sum(axis=0)


def product(factors: Sequence[keras.Model]) -> keras.Model:
    """One predictor: the product of the factors, each row scaled to a sum of 1.

    For one-vs-rest it is the probability that this class's own net says yes and all others say
    no; for a hierarchy p(bundle) * p(class within the bundle).
    """
    if len(factors) == 1:
        return factors[0]
    images = keras.Input(factors[0].input_shape[1:], name="images")
    logs = [keras.ops.log(keras.ops.maximum(factor(images), LEAST)) for factor in factors]
    model = keras.Model(images, keras.ops.softmax(sum(logs[1:], logs[0])), name="product")
    model.jit_compile = build.use_xla()
    return model
