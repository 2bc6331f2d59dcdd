"""The class the contest's server imports: raw photos in, class indices out.

Needs only the standard library, numpy and tensorflow, and runs on Python 3.8 and later.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

HERE = os.path.dirname(os.path.abspath(__file__))
# Images in one call of the graph, and calls at once: each on a processor of its own, they answer half as many
# images again as one call on all processors. Each call holds maps of its own in memory, so they have a limit.
BATCH_SIZE, MOST_CALLS = 2, 8
LEAST = 1e-7  # below it a probability counts as this, as in the exported graph of a product
LARGE = 300_000_000  # bytes of a SavedModel; nearly all of them are weights
Graph = Callable[[np.ndarray], np.ndarray]  # float32 images, a whole batch -> probabilities


class Model:
    """Classifies photos with the SavedModel, or several, in `SubmissionModel/`.

    Of several, those in folders `<group>-<number>` are multiplied within their group, and the
    groups are averaged.

    `path` is the folder of the unpacked submission; without it, the one this file lies in.
    Raises FileNotFoundError if no SavedModel lies there.
    """

    def __init__(self, path: str | None = None) -> None:
        folder = os.path.join(HERE if path is None else path, "SubmissionModel")
        self.batch_size = BATCH_SIZE
        self._groups: dict[str, list[Graph]] = {}  # by name; those of one group are multiplied
        paths = _saved_models(folder)
        self._calls = 1 if any(map(_is_large, paths)) else min(_processors(), MOST_CALLS)
        for saved_model in paths:
            graph, self._image_shape, self._num_classes = _load(saved_model, self._calls)
            self._groups.setdefault(os.path.basename(saved_model).split("-")[0], []).append(graph)

    def predict(self, X: Any) -> tf.Tensor:
        """Class indices of the images: a 1-D int64 tensor (N,), in their order.

        `X` is (N, side, side, 3) as trained on, RGB in 0..255, a tensor or an array of any float or
        integer type; it is not modified, and N may be 0. Raises ValueError for anything else.
        """
        return tf.argmax(self.probabilities(X), axis=-1)

    def probabilities(self, X: Any) -> tf.Tensor:
        """Class probabilities of the images: float32 (N, k), for `X` as in `predict`."""
        images = X if tf.is_tensor(X) else np.asarray(X)
        _check(images, self._image_shape)
        starts = range(0, int(images.shape[0]), self.batch_size)
        with ThreadPoolExecutor(self._calls) as callers:
            batches = callers.map(lambda start: self._batch(images[start : start + self.batch_size]), starts)
            none = tf.zeros([0, self._num_classes])  # for N = 0
            return tf.concat([none, *batches], axis=0)

    def _batch(self, images: Any) -> tf.Tensor:
        """Probabilities of at most `batch_size` images."""
        if not tf.is_tensor(images):
            images = tf.constant(images.astype(np.float32))
        count = int(images.shape[0])
        # Always one shape: TensorFlow sums in another order for another batch size, and an answer
        # must not depend, even in its last bit, on how many images come with it.
        missing = self.batch_size - count
        images = tf.pad(tf.cast(images, tf.float32), [[0, missing], [0, 0], [0, 0], [0, 0]]).numpy()
        answers = [_product([graph(images) for graph in graphs]) for graphs in self._groups.values()]
        return (tf.add_n(answers) / len(answers))[:count]


def _load(folder: str, calls: int) -> tuple[Graph, tuple[int, ...], int]:
    """The graph of a SavedModel for so many calls at once, the shape of an image, the number of classes.

    It runs in a session: tf.saved_model.load takes twice the memory and the time for a graph of constants.
    """
    path = os.path.join(folder, "saved_model.pb")
    with open(path, "rb") as file:
        content = SavedModel.FromString(file.read()).meta_graphs[0]
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(content.graph_def, name="")
    config = tf.compat.v1.ConfigProto(
        intra_op_parallelism_threads=max(1, _processors() // calls),
        inter_op_parallelism_threads=calls,
        use_per_session_threads=True,
    )
    if _is_large(folder):
        # Rewriting it makes a small net a third faster, but holds the weights of a large one six times.
        config.graph_options.rewrite_options.disable_meta_optimizer = True
    session = tf.compat.v1.Session(graph=graph, config=config)
    signature = content.signature_def["serving_default"]
    images, probabilities = signature.inputs["images"], signature.outputs["probabilities"]
    shape = tuple(int(dimension.size) for dimension in images.tensor_shape.dim[1:])
    num_classes = int(probabilities.tensor_shape.dim[-1].size)
    return session.make_callable(probabilities.name, [images.name]), shape, num_classes


def _is_large(folder: str) -> bool:
    return os.path.getsize(os.path.join(folder, "saved_model.pb")) > LARGE


def _processors() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _product(factors: list[np.ndarray]) -> Any:
    """The product of the probabilities (n, k), each row scaled to a sum of 1."""
    if len(factors) == 1:
        return factors[0]
    return tf.nn.softmax(tf.add_n([tf.math.log(tf.maximum(factor, LEAST)) for factor in factors]))


def _saved_models(folder: str) -> list[str]:
    """Path of the SavedModel in `folder`, or of those in its subfolders: one at least."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    candidates = [folder] + [os.path.join(folder, name) for name in names]
    paths = [path for path in candidates if os.path.isfile(os.path.join(path, "saved_model.pb"))]
    if not paths:
        raise FileNotFoundError(
            "no saved_model.pb in {} or a folder in it; "
            "pass the folder of the unpacked submission as path".format(folder)
        )
    return paths


def _check(images: Any, image_shape: tuple[int, ...]) -> None:
    """Raises ValueError unless `images`, a tensor or array, are numbers (N, *image_shape)."""
    shape = tuple(images.shape)
    if len(shape) != 4 or shape[0] is None or shape[1:] != image_shape:
        raise ValueError(
            "X must have shape (N, {}, {}, {}), got {}. For one image pass X[None].".format(
                *image_shape, shape
            )
        )
    dtype = images.dtype
    is_number = dtype.is_floating or dtype.is_integer if tf.is_tensor(images) else dtype.kind in "fiu"
    if not is_number:
        raise ValueError("X must hold numbers 0..255, float or integer, got {}.".format(dtype))


model = Model  # the name the contest of 2022/23 imports
