"""Keras predictors -> SavedModel of constants."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
from tiny_nets import colour_net, colours, probability

from plants.bundle import export
from plants.errors import InputError


def ask(folder, images):
    """Probabilities that the SavedModel in `folder` gives, read as anybody's TensorFlow reads it."""
    graph = tf.saved_model.load(str(folder)).signatures["serving_default"]
    return graph(images=tf.constant(images, tf.float32))["probabilities"].numpy()


def exported(predictors, folder):
    export.export_frozen(predictors, folder)
    return (folder / "saved_model.pb").read_bytes()


def files_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("count", [1, 7])
def test_gives_the_probabilities_worked_out_by_hand(count, tmp_path):
    export.export_frozen([colour_net()], tmp_path)
    order = "gbrgbrg"[:count]
    answers = ask(tmp_path, colours(order))
    assert answers.shape == (count, 3)
    for answer, letter in zip(answers, order, strict=True):
        assert answer["rgb".index(letter)] == pytest.approx(probability(), abs=1e-6)


def test_several_predictors_give_the_mean_of_their_probabilities(tmp_path):
    export.export_frozen([colour_net(0.01), colour_net(0.02), colour_net(-0.01)], tmp_path)
    expected = (probability(0.01) + probability(0.02) + probability(-0.01)) / 3
    assert ask(tmp_path, colours("r"))[0, 0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("first", [keras.layers.GaussianNoise(1.0), keras.layers.Resizing(8, 8)])
def test_nothing_runs_in_training_mode_even_behind_a_resizing_layer(first, tmp_path):
    images = keras.Input((96, 96, 3))
    norm = keras.layers.BatchNormalization(epsilon=0.0)
    means = keras.layers.GlobalAveragePooling2D()(norm(first(images)))
    net = keras.Model(images, keras.layers.Softmax()(keras.layers.Dropout(0.9)(means)))
    mean, variance = np.array([155.0, 0.0, 0.0]), np.array([2500.0, 1.0, 1.0])
    norm.set_weights([np.ones(3), np.zeros(3), mean, variance])
    export.export_frozen([net], tmp_path)
    # Red is (255 - 155) / sqrt(2500) = 2, the others 0; by the batch's own statistics all were 0.
    assert ask(tmp_path, colours("rr"))[:, 0] == pytest.approx(np.exp(2) / (np.exp(2) + 2), abs=1e-6)


def test_holds_one_file_without_variables_functions_or_defaults(tmp_path):
    content = exported([colour_net()], tmp_path)
    assert files_in(tmp_path) == {"saved_model.pb"}
    (meta,) = SavedModel.FromString(content).meta_graphs
    operations = {node.op for node in meta.graph_def.node}
    assert {"Placeholder", "Const", "MatMul", "Softmax"} <= operations
    assert not {operation for operation in operations if "Var" in operation or "Call" in operation}
    assert not meta.graph_def.library.function
    # TensorFlow 2.9 knows no grad_a of MatMul, so it must not be named where it is the default.
    matmul = next(node for node in meta.graph_def.node if node.op == "MatMul")
    assert "T" in matmul.attr and "grad_a" not in matmul.attr


def test_names_neither_layers_nor_source_files(tmp_path):
    content = exported([colour_net(name="secret_layer")], tmp_path)
    assert b"Softmax_" in content  # a node is named after its operation
    for trace in (b"secret_layer", b"functional", b"dense_", b".py", str(Path.cwd()).encode()):
        assert trace not in content


def test_same_weights_give_the_same_bytes_whatever_was_built_before(tmp_path):
    first = exported([colour_net(), colour_net(0.02)], tmp_path / "first")
    for _ in range(3):
        colour_net(0.5)  # Keras counts on: the next layer is not the dense_2 it would have been
    assert exported([colour_net(), colour_net(0.02)], tmp_path / "second") == first
    assert exported([colour_net(), colour_net(0.03)], tmp_path / "third") != first


def test_layer_names_that_a_saved_model_would_refuse_are_no_hindrance(tmp_path):
    export.export_frozen([colour_net(name="_hidden")], tmp_path)
    assert ask(tmp_path, colours("b"))[0, 2] == pytest.approx(probability(), abs=1e-6)


def test_a_graph_with_a_loop_is_refused_by_name():
    graph_def = tf.compat.v1.GraphDef()
    graph_def.node.add(name="a", op="Identity", input=["b"])
    graph_def.node.add(name="b", op="Identity", input=["a:0"])
    with pytest.raises(ValueError, match=r"a net with a loop \(at a\) cannot be exported"):
        export.canonical(graph_def, "a")


def test_canonical_keeps_ports_and_drops_what_the_output_does_not_need():
    graph_def = tf.compat.v1.GraphDef()
    graph_def.node.add(name="unused", op="Const")
    graph_def.node.add(name="one/split", op="Split", input=["x", "^unused"], device="/CPU:0")
    graph_def.node.add(name="sum", op="AddV2", input=["one/split:1", "one/split"])
    graph_def.node.add(name="x", op="Placeholder")
    graph_def.node[1].attr["_note"].s = b"/home"
    graph_def.node[1].attr["num_split"].i = 2
    renamed, output = export.canonical(graph_def, "sum")
    assert [(node.name, list(node.input)) for node in renamed.node] == [
        ("images", []),
        ("Split_1", ["images"]),
        ("AddV2_2", ["Split_1:1", "Split_1"]),
    ]
    assert output == "AddV2_2"
    assert renamed.node[1].device == "" and dict(renamed.node[1].attr).keys() == {"num_split"}


def test_the_weights_are_forecast_four_bytes_each():
    assert export.constant_bytes(colour_net()) == 4 * (3 * 3 + 3)


def test_a_shared_layer_is_counted_and_stored_once(tmp_path):
    images = keras.Input((96, 96, 3))
    net = colour_net()
    twice = keras.Model(images, (net(images) + net(keras.ops.flip(images, 1))) / 2)
    assert export.constant_bytes(twice) == 48
    (meta,) = SavedModel.FromString(exported([twice], tmp_path)).meta_graphs
    shapes = [node.attr["value"].tensor.tensor_shape for node in meta.graph_def.node if node.op == "Const"]
    assert [len(shape.dim) for shape in shapes].count(2) == 1  # the kernel


def test_up_to_the_limit_all_predictors_share_one_graph(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "LARGEST_GRAPH", 96)
    export.export([[colour_net()], [colour_net(0.02)]], tmp_path)
    assert files_in(tmp_path) == {"saved_model.pb"}


def test_beyond_the_limit_each_predictor_has_a_saved_model_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "LARGEST_GRAPH", 95)
    export.export([[colour_net()], [colour_net(0.02)]], tmp_path)
    assert files_in(tmp_path) == {"000-00/saved_model.pb", "001-00/saved_model.pb"}
    for folder, scale in [("000-00", 0.01), ("001-00", 0.02)]:
        answer = ask(tmp_path / folder, colours("g"))[0, 1]
        assert answer == pytest.approx(probability(scale), abs=1e-6)


def answered(net_folders):
    return [ask(folder, colours("r"))[0, 0] for folder in net_folders]


def test_a_group_is_a_product_in_one_graph_and_in_several(tmp_path, monkeypatch):
    groups = [[colour_net(0.01), colour_net(0.005)], [colour_net(-0.02)]]
    export.export(groups, tmp_path / "one")
    # A product of softmaxes is the softmax of the summed logits.
    expected = (probability(0.015) + probability(-0.02)) / 2
    assert answered([tmp_path / "one"]) == [pytest.approx(expected, abs=1e-6)]
    monkeypatch.setattr(export, "LARGEST_GRAPH", 100)  # bytes; each of the three nets takes 48
    export.export(groups, tmp_path / "several")
    folders = ["000-00", "000-01", "001-00"]
    assert files_in(tmp_path / "several") == {f"{folder}/saved_model.pb" for folder in folders}
    each = [probability(scale) for scale in (0.01, 0.005, -0.02)]
    assert answered(tmp_path / "several" / folder for folder in folders) == pytest.approx(each, abs=1e-6)


def test_a_net_that_alone_passes_the_limit_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "LARGEST_GRAPH", 47)
    with pytest.raises(InputError, match="cannot be exported: expected at most 0.00 GB for each net"):
        export.export([[colour_net()]], tmp_path / "SubmissionModel")
    assert not (tmp_path / "SubmissionModel").exists()


def test_another_keras_backend_is_refused_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(InputError, match="Keras runs on jax, .* set KERAS_BACKEND=tensorflow"):
        export.export([[colour_net()]], tmp_path / "SubmissionModel")
    assert not (tmp_path / "SubmissionModel").exists()
