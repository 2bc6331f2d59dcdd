"""A run folder's answers: values by hand, folds averaged, whatever the number of images."""

import shutil

import numpy as np
import pytest
import tiny_runs
from tiny_nets import colour_net, colours, probability

from plants import files
from plants.errors import InputError
from plants.nets import build
from plants.prediction.trained_run import BATCH_SIZE, TrainedRun
from plants.runs import load_net


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A quick run whose classes are called after what has their colour."""
    return tiny_runs.make_quick_run(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def run(quick, monkeypatch):
    monkeypatch.setattr(load_net, "load_factors", tiny_runs.load_quick)
    return quick


def changed(run, folder, **changes):
    """A copy of the run with other entries in its run.json."""
    shutil.copytree(run, folder)
    files.write_json(folder / "run.json", files.read_json(folder / "run.json") | changes)
    return folder


def opened(path, said=None):
    return TrainedRun(path, pytest.fail if said is None else said.append)


def test_each_image_gets_its_class_and_its_probabilities(run):
    answers = opened(run).answer(colours("bgr"), probabilities=True)
    assert answers.class_names == ("Blood", "Leaf", "Sky")
    assert answers.labels.tolist() == [2, 1, 0]
    right = probability()
    rest = (1 - right) / 2
    expected = [[rest, rest, right], [rest, right, rest], [right, rest, rest]]
    np.testing.assert_allclose(answers.probabilities, expected, atol=1e-6)


def test_probabilities_are_left_out_unless_asked_for(run):
    assert opened(run).answer(colours("g")).probabilities is None


def test_the_images_may_be_more_than_a_batch(run):
    order = "rgb" * BATCH_SIZE
    assert opened(run).answer(colours(order[:-1])).labels.tolist() == [0, 1, 2] * (BATCH_SIZE - 1) + [0, 1]


def test_folds_are_averaged(run, tmp_path):
    folds = changed(run, tmp_path / "folds", members=["fold-0", "fold-1"])
    for name, scale in (("fold-0", 0.01), ("fold-1", -0.02)):
        (shutil.copytree(run, folds / name) / "best.weights.h5").write_text(str(scale))
    answers = opened(folds).answer(colours("r"), probabilities=True)
    mean = (probability(0.01) + probability(-0.02)) / 2
    np.testing.assert_allclose(answers.probabilities[0, 0], mean, atol=1e-6)


def test_how_far_it_is_is_said(run, monkeypatch, capsys):
    monkeypatch.setattr("plants.prediction.trained_run.LINE_SECONDS", 0.0)
    opened(run).answer(colours("rgb" * 6))
    said = capsys.readouterr().out.splitlines()
    assert [line.partition("  ETA ")[0] for line in said] == ["run: 16 of 18 images", "run: 18 of 18 images"]
    assert said[1].endswith("  ETA 0 s")


def test_an_interrupted_run_answers_and_that_is_said(run, tmp_path):
    stopped, said = changed(run, tmp_path / "stopped", status="interrupted"), []
    assert opened(stopped, said).answer(colours("b")).labels.tolist() == [2]
    assert said == [f"note: the training in {stopped} was interrupted; its best weights so far are used"]


def test_weights_that_do_not_fit_are_named(quick, monkeypatch):
    monkeypatch.setattr(build, "build", lambda *arguments, **options: colour_net())
    run = quick  # whose weights are a number
    with pytest.raises(InputError, match=r"best.weights.h5 does not fit the run's net \(.*\); train again"):
        opened(run).answer(colours("r"))


def test_a_backend_that_is_not_there_is_told(run, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    with pytest.raises(InputError, match="KERAS_BACKEND=theano: expected one that trains"):
        opened(run).answer(colours("r"))
