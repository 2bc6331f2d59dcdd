"""Keras predictors -> a SavedModel of constants that TensorFlow 2.9 loads as well as today's.

Newer TensorFlow writes variable ops that older ones do not know (`DisableCopyOnRead`), so the
variables become constants. The SavedModel is written here rather than by tf.saved_model.save:
that one adds function names counted since the process began, a checkpoint of nothing and a
fingerprint, and no two files would be alike.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow.core.framework.types_pb2 import DT_FLOAT
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef, TensorInfo
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from plants.errors import InputError
from plants.runs.load_net import product

# protobuf refuses messages of 2 GB; the rest is room for the graph itself.
LARGEST_GRAPH = 1_500_000_000  # bytes of constants
IMAGES, PROBABILITIES = "images", "probabilities"


def export(groups: Sequence[list[keras.Model]], folder: Path) -> None:
    """Writes the mean of the groups: one SavedModel in `folder`, or a folder of them.

    The models of a group are each (n, side, side, 3) float32 -> (n, k) probabilities, whose
    answer is their normalised product (`plants.runs.load_net.product`). Where the constants of one graph
    would pass LARGEST_GRAPH, forecast from the number of weights, each model gets a SavedModel, in
    `<group>-<place in it>`. Raises InputError, before anything is written, if one model alone
    passes the limit or Keras runs on another backend.
    """
    if keras.backend.backend() != "tensorflow":
        raise InputError(
            f"Keras runs on {keras.backend.backend()}, but only TensorFlow can export; "
            "set KERAS_BACKEND=tensorflow (a run trained on another backend may be used)"
        )
    sizes = [constant_bytes(factor) for group in groups for factor in group]
    if max(sizes) > LARGEST_GRAPH:
        raise InputError(
            f"a net of {max(sizes) / 1e9:.2f} GB cannot be exported: expected at most "
            f"{LARGEST_GRAPH / 1e9:.2f} GB for each net, as protobuf ends at 2 GB; use a smaller net"
        )
    if sum(sizes) <= LARGEST_GRAPH:
        export_frozen([product(group) for group in groups], folder)
        return
    for number, group in enumerate(groups):
        for place, factor in enumerate(group):
            export_frozen([factor], folder / f"{number:03}-{place:02}")


def constant_bytes(predictor: keras.Model) -> int:
    """Bytes that the weights of a predictor take as constants, each weight counted once."""
    return sum(int(np.prod(weight.shape)) * 4 for weight in predictor.weights)


def export_frozen(predictors: Sequence[keras.Model], folder: Path) -> None:
    """Writes one SavedModel, the mean of the predictors' probabilities, into `folder`.

    Its signature `serving_default` takes `images` and returns `probabilities`. The same weights
    give the same bytes, whatever was built before in the process.
    """
    graph_def, output = canonical(*freeze(predictors))
    shapes = predictors[0].input_shape, predictors[0].output_shape
    folder.mkdir(parents=True, exist_ok=True)
    content = saved_model(graph_def, output, shapes).SerializeToString(deterministic=True)
    (folder / "saved_model.pb").write_bytes(content)


def freeze(predictors: Sequence[keras.Model]) -> tuple[Any, str]:
    """The mean of the predictors as a GraphDef of constants, and the name of its output node."""

    def mean(images: Any) -> Any:
        # training=False by name: a resizing layer leaves the call context in training mode, and
        # the layers behind it would use the statistics of the batch (keras#23166).
        answers = [predictor(images, training=False) for predictor in predictors]
        return tf.identity(tf.add_n(answers) / len(answers), name=PROBABILITIES)

    signature = tf.TensorSpec(predictors[0].input_shape, tf.float32, name=IMAGES)
    frozen = convert_variables_to_constants_v2(tf.function(mean).get_concrete_function(signature))
    return frozen.graph.as_graph_def(), frozen.outputs[0].op.name


def canonical(graph_def: Any, output: str) -> tuple[Any, str]:
    """The nodes that `output` needs, in an order and with names that follow from the graph alone.

    Keras counts layers since the process began and TensorFlow notes source files, and both end
    up in names and attributes of nodes. Returns the new GraphDef and the new name of `output`.
    """
    nodes = {node.name: node for node in graph_def.node}
    renamed = tf.compat.v1.GraphDef(versions=graph_def.versions)
    names: dict[str, str] = {}
    pending = [output]
    while pending:  # depth first: a node follows its inputs, in their order
        node = nodes[pending[-1]]
        missing = [name for name in _sources(node) if name not in names]
        if missing:
            if missing[0] in pending:
                raise ValueError(f"a net with a loop (at {missing[0]}) cannot be exported")
            pending.append(missing[0])
            continue
        pending.pop()
        names[node.name] = IMAGES if node.op == "Placeholder" else f"{node.op}_{len(names)}"
        _copy(node, names, renamed.node.add())
    return renamed, names[output]


def _sources(node: Any) -> list[str]:
    """Names of the nodes a node takes data from. Control inputs order side effects: none here."""
    return [entry.partition(":")[0] for entry in node.input if not entry.startswith("^")]


def _copy(node: Any, names: dict[str, str], copy: Any) -> None:
    """Fills `copy` with a node's operation, its inputs by their new names, and its public attributes."""
    copy.name, copy.op = names[node.name], node.op
    for entry in node.input:
        if not entry.startswith("^"):
            source, colon, port = entry.partition(":")
            copy.input.append(names[source] + colon + port)
    for name, value in node.attr.items():
        if not name.startswith("_"):  # notes of grappler and the tracer, on names and shapes
            copy.attr[name].CopyFrom(value)


def saved_model(graph_def: Any, output: str, shapes: tuple[Any, Any]) -> Any:
    """The SavedModel message around a graph; `shapes` are those of `images` and `probabilities`.

    It is of the form without objects, which tf.saved_model.load reads in every TensorFlow 2.
    """
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        # Attributes at their default are stripped: older versions do not know the newer ones.
        meta = tf.compat.v1.train.export_meta_graph(graph=graph, strip_default_attrs=True)
    meta.meta_info_def.ClearField("tensorflow_git_version")  # differs between builds of one version
    meta.meta_info_def.tags.append(tf.saved_model.SERVING)
    names = {IMAGES: IMAGES, PROBABILITIES: output}
    tensors = [_tensor_info(name, shape) for name, shape in zip(names.values(), shapes, strict=True)]
    signature = SignatureDef(
        inputs={IMAGES: tensors[0]},
        outputs={PROBABILITIES: tensors[1]},
        method_name="tensorflow/serving/predict",
    )
    meta.signature_def[tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY].CopyFrom(signature)
    return SavedModel(saved_model_schema_version=1, meta_graphs=[meta])


def _tensor_info(node: str, shape: Any) -> Any:
    return TensorInfo(name=f"{node}:0", dtype=DT_FLOAT, tensor_shape=tf.TensorShape(shape).as_proto())
