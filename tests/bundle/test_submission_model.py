"""submission/model.py, the one file of ours that the contest's server runs."""

import ast
import runpy
import shutil
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tiny_runs
from fresh_process import unpack
from tiny_nets import colour_net, colours, probability

from plants.bundle.export import export_frozen

SOURCE = Path(__file__).parents[2] / "submission" / "model.py"


@pytest.fixture(scope="module")
def submission(tmp_path_factory):
    """A folder as the server unpacks it, whose model tells red, green and blue apart."""
    folder = tmp_path_factory.mktemp("submission")
    shutil.copy(SOURCE, folder)
    export_frozen([colour_net()], folder / "SubmissionModel")
    return folder


@pytest.fixture(scope="module")
def entry(submission):
    return runpy.run_path(str(submission / "model.py"))["model"](str(submission))


@pytest.fixture(scope="module")
def lite_entry(tmp_path_factory):
    """The entry of a zip with a Lite net, whose sums could depend on the batch."""
    host = unpack(tiny_runs.built() / "submission.zip", tmp_path_factory.mktemp("host"))
    return runpy.run_path(str(host / "model.py"))["Model"]()


def test_imports_only_the_standard_library_numpy_and_tensorflow():
    tree = ast.parse(SOURCE.read_text())
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += ["." * n.level + (n.module or "") for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert "tensorflow" in names
    assert {name.split(".")[0] for name in names} - sys.stdlib_module_names == {"numpy", "tensorflow"}


def test_is_written_in_the_grammar_of_python_3_8():
    ast.parse(SOURCE.read_text(), feature_version=(3, 8))


def test_serves_the_contest_of_2022_with_lower_case_and_path(submission, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    classes = runpy.run_path(str(submission / "model.py"))
    assert classes["model"](str(submission)).predict(colours("gb")).numpy().tolist() == [1, 2]


def test_serves_the_contest_of_2024_with_upper_case_and_its_own_folder(submission, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    classes = runpy.run_path(str(submission / "model.py"))
    assert classes["Model"]().predict(colours("gb")).numpy().tolist() == [1, 2]


def test_finds_its_folder_after_the_working_directory_has_changed(submission, monkeypatch, tmp_path):
    monkeypatch.chdir(submission)
    classes = runpy.run_path("model.py")
    monkeypatch.chdir(tmp_path)
    assert classes["Model"]().predict(colours("b")).numpy().tolist() == [2]


@pytest.mark.parametrize(
    "dtype", ["uint8", "int16", "int64", "float16", "float32", "float64", ">f4", "longdouble"]
)
def test_takes_arrays_of_any_number(entry, dtype):
    assert entry.predict(colours("brg", dtype=dtype)).numpy().tolist() == [2, 0, 1]


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "bfloat16", "float32", "float64"])
def test_takes_tensors_of_any_number(entry, dtype):
    assert entry.predict(tf.cast(colours("brg"), dtype)).numpy().tolist() == [2, 0, 1]


def test_takes_a_variable_and_a_nested_list(entry):
    assert entry.predict(tf.Variable(colours("bg", dtype="float32"))).numpy().tolist() == [2, 1]
    assert entry.predict(colours("bg").tolist()).numpy().tolist() == [2, 1]


def test_uint8_pixels_are_not_added_up_as_uint8(entry):
    half = colours("r", value=200)  # 96 * 96 * 200 would wrap round
    assert entry.probabilities(half).numpy()[0, 0] == pytest.approx(probability(value=200), abs=1e-6)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 33])
def test_answers_each_image_in_order_with_a_one_dimensional_integer_tensor(entry, count):
    order = ("rgbbgrr" * 5)[:count]
    labels = entry.predict(colours(order))
    assert tf.is_tensor(labels) and labels.dtype == tf.int64 and labels.shape == (count,)
    assert labels.numpy().tolist() == ["rgb".index(letter) for letter in order]


@pytest.mark.parametrize("count", [0, 1, 17])
def test_probabilities_are_those_worked_out_by_hand(entry, count):
    right = probability()
    expected = np.tile([[right, (1 - right) / 2, (1 - right) / 2]], (count, 1))
    np.testing.assert_allclose(entry.probabilities(colours("r" * count)), expected.reshape(-1, 3), atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_never_writes_to_the_images(entry, dtype):
    images = colours("rgb" * 7, dtype=dtype)
    images.flags.writeable = False  # an attempt would raise
    tensor = tf.constant(images)
    entry.predict(images)
    entry.predict(tensor)
    np.testing.assert_array_equal(tensor, colours("rgb" * 7))


def test_the_graph_never_sees_more_than_two_images_at_once(submission):
    entry = runpy.run_path(str(submission / "model.py"))["Model"]()
    ((graph,),), seen = entry._groups.values(), []

    def noting(images):
        seen.append(list(images.shape))
        return graph(images)

    entry._groups = {"all": [noting]}
    assert entry.predict(colours("b" * 5)).numpy().tolist() == [2] * 5
    assert seen == [[2, 96, 96, 3]] * 3


@pytest.mark.parametrize("processors, calls", [(1, 1), (2, 2), (64, 8)])
def test_as_many_calls_run_at_once_as_there_are_processors_up_to_eight(submission, processors, calls):
    create = runpy.run_path(str(submission / "model.py"))["Model"]
    create.__init__.__globals__["_processors"] = lambda: processors
    entry = create()
    ((graph,),), together = entry._groups.values(), threading.Barrier(calls, timeout=20)

    def meeting(images):
        together.wait()  # goes on when so many are in here at once
        return graph(images)

    entry._groups = {"all": [meeting]}
    order = "rgb" * (2 * calls)  # three rounds of calls, of two images each
    assert entry.predict(colours(order)).numpy().tolist() == ["rgb".index(letter) for letter in order]
    assert entry._calls == calls


@pytest.mark.rest
def test_probabilities_are_the_same_to_the_last_bit_in_any_order_and_batch(lite_entry):
    images = tiny_runs.photos(20)
    together = lite_entry.probabilities(images).numpy()
    shuffled = np.random.default_rng(0).permutation(20)
    np.testing.assert_array_equal(lite_entry.probabilities(images[shuffled]), together[shuffled])
    for count in (1, 6):
        np.testing.assert_array_equal(lite_entry.probabilities(images[:count]), together[:count])
    assert len(set(together.argmax(axis=1))) >= 4  # the images are told apart, so this can fail


@pytest.mark.parametrize("shape", [(), (96,), (96, 96, 3), (2, 96, 96), (2, 96, 96, 1), (2, 95, 96, 3)])
@pytest.mark.parametrize("convert", [np.asarray, tf.constant])
def test_refuses_another_shape_and_says_what_came(entry, shape, convert):
    message = rf"X must have shape \(N, 96, 96, 3\), got \({', '.join(map(str, shape))},?\)\. .*X\[None\]"
    with pytest.raises(ValueError, match=message):
        entry.predict(convert(np.zeros(shape, "float32")))


@pytest.mark.parametrize("dtype", ["bool", "complex64", "str"])
@pytest.mark.parametrize("convert", [np.asarray, tf.constant])
def test_refuses_what_is_no_number_and_says_what_came(entry, dtype, convert):
    with pytest.raises(ValueError, match="X must hold numbers 0..255, float or integer, got "):
        entry.predict(convert(np.zeros((1, 96, 96, 3), dtype)))


def test_refuses_nothing_at_all(entry):
    with pytest.raises(ValueError, match=r"X must have shape \(N, 96, 96, 3\), got \(\)"):
        entry.predict(None)


def test_averages_the_probabilities_of_several_saved_models(tmp_path):
    shutil.copy(SOURCE, tmp_path)
    export_frozen([colour_net(0.01)], tmp_path / "SubmissionModel" / "000")
    export_frozen([colour_net(-0.02)], tmp_path / "SubmissionModel" / "001")
    (tmp_path / "SubmissionModel" / "notes").mkdir()  # no SavedModel: left alone
    entry = runpy.run_path(str(tmp_path / "model.py"))["Model"](tmp_path)
    expected = (probability(0.01) + probability(-0.02)) / 2
    assert entry.probabilities(colours("r")).numpy()[0, 0] == pytest.approx(expected, abs=1e-6)


def test_multiplies_within_a_group_and_averages_the_groups(tmp_path):
    shutil.copy(SOURCE, tmp_path)
    for name, scale in [("000-00", 0.01), ("000-01", 0.005), ("001-00", -0.02)]:
        export_frozen([colour_net(scale)], tmp_path / "SubmissionModel" / name)
    entry = runpy.run_path(str(tmp_path / "model.py"))["Model"](tmp_path)
    # A product of softmaxes is the softmax of the summed logits.
    expected = (probability(0.015) + probability(-0.02)) / 2
    answers = entry.probabilities(colours("rgb" * 3)).numpy()
    for answer, place in zip(answers, [0, 1, 2] * 3, strict=True):
        others = [(1 - expected) / 2] * 2
        np.testing.assert_allclose(answer, np.insert(others, place, expected), atol=1e-6)


def test_a_product_of_certain_nets_is_a_number(tmp_path):
    shutil.copy(SOURCE, tmp_path)
    # Certain of red, and certain of all but red: probabilities of 1 and, as float32, 0 and 1/2.
    for name, scale in [("000-00", 10.0), ("000-01", -10.0)]:
        export_frozen([colour_net(scale)], tmp_path / "SubmissionModel" / name)
    entry = runpy.run_path(str(tmp_path / "model.py"))["Model"](tmp_path)
    # 1 * 1e-7 for red, 1e-7 * 1/2 for green and blue
    np.testing.assert_allclose(entry.probabilities(colours("r")), [[0.5, 0.25, 0.25]], atol=1e-5)


@pytest.mark.parametrize("larger, rewritten", [(1, True), (-1, False)])  # bytes that LARGE has over the graph
def test_only_a_large_net_is_not_rewritten_and_called_once_at_a_time(
    submission, monkeypatch, larger, rewritten
):
    configs, session = [], tf.compat.v1.Session

    def noting(graph, config):
        configs.append(config)
        return session(graph=graph, config=config)

    monkeypatch.setattr(tf.compat.v1, "Session", noting)
    size = (submission / "SubmissionModel" / "saved_model.pb").stat().st_size
    create = runpy.run_path(str(submission / "model.py"))["Model"]
    monkeypatch.setitem(create.__init__.__globals__, "LARGE", size + larger)
    monkeypatch.setitem(create.__init__.__globals__, "_processors", lambda: 6)
    entry = create()
    assert entry.predict(colours("gbr")).numpy().tolist() == [1, 2, 0]
    # One call of a large one has all processors: each call more would hold maps of its own.
    assert (entry._calls, configs[0].intra_op_parallelism_threads) == ((6, 1) if rewritten else (1, 6))
    assert [config.graph_options.rewrite_options.disable_meta_optimizer for config in configs] == [
        not rewritten
    ]


def test_says_where_it_looked_when_there_is_no_saved_model(submission, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no saved_model.pb in .*SubmissionModel or a folder in it"):
        runpy.run_path(str(submission / "model.py"))["Model"](str(tmp_path))


@pytest.fixture(scope="module")
def small_submission(tmp_path_factory):
    """A folder as the server unpacks it, whose model takes images of 64 pixels."""
    folder = tmp_path_factory.mktemp("small")
    shutil.copy(SOURCE, folder)
    export_frozen([colour_net(side=64)], folder / "SubmissionModel")
    return folder


@pytest.mark.parametrize("name", ["model", "Model"])
def test_the_size_of_the_images_is_that_of_the_net(small_submission, name):
    entry = runpy.run_path(str(small_submission / "model.py"))[name](str(small_submission))
    assert entry.predict(colours("gbr", side=64)).numpy().tolist() == [1, 2, 0]
    assert entry.predict(colours("", side=64)).shape == (0,)
    with pytest.raises(ValueError, match=r"X must have shape \(N, 64, 64, 3\), got \(3, 96, 96, 3\)"):
        entry.predict(colours("gbr"))
