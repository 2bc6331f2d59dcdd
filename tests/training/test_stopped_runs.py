"""Single runs that are stopped: what is kept, and that the same command goes on."""

import contextlib
import itertools
import signal

import keras
import numpy as np
import pytest
import single_runs
from single_runs import WHOLE, names, train
from stopping import Killed, stop_in_epoch
from trainable_net import tiny_net

from plants import files
from plants.errors import InputError
from plants.runs import provenance, run_folder
from plants.training import phases, run_files

# Of tf.data, which Keras uses to predict: it says that it is traced all the same.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the:UserWarning")


@pytest.fixture(scope="module", autouse=True)
def quick():
    with single_runs.quick():
        yield


def test_a_killed_run_cannot_be_built_and_goes_on_with_the_same_command(tiny_dataset, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        stop_in_epoch(patch, 2, Killed())
        with pytest.raises(Killed):
            train(tiny_dataset, tmp_path / "run")
    with pytest.raises(InputError, match="has not ended: give the same train.py command again"):
        run_folder.open_run(tmp_path / "run")
    (tmp_path / "run" / ("metrics.jsonl" + files.PARTIAL)).write_text("half a li")

    said = []
    train(tiny_dataset, tmp_path / "run", say=said.append)
    assert "going on after epoch 2 of an earlier try" in said
    assert names(tmp_path / "run") == WHOLE


def test_a_run_that_goes_on_with_other_code_names_both(tiny_dataset, tmp_path, monkeypatch):
    said = []
    for number, commit in enumerate(("aaa", "bbb", "aaa")):
        with monkeypatch.context() as patch:
            patch.setattr(provenance, "commit", lambda commit=commit: commit)
            stop_in_epoch(patch, 0 if number else 1, Killed())
            with pytest.raises(Killed):
                train(tiny_dataset, tmp_path / "run", say=said.append)
        there = run_folder.read_record(tmp_path / "run")
        assert there["commit"] == commit
        others = [[], ["aaa"], ["bbb"]][number]
        assert there["earlier_tries"] == [
            {"commit": other, "versions": provenance.versions()} for other in others
        ]
    told = [line for line in said if line.startswith("an earlier try was with other code or packages")]
    assert len(told) == 2


def test_an_unfinished_run_of_another_recipe_is_refused(tiny_dataset, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        stop_in_epoch(patch, 1, Killed())
        with pytest.raises(Killed):
            train(tiny_dataset, tmp_path / "run")
    with pytest.raises(
        InputError, match=r"holds an unfinished run that differs in seed \(0, now 1\): choose"
    ):
        train(tiny_dataset, tmp_path / "run", seed=1)


def test_ctrl_c_leaves_a_usable_run_that_can_go_on(tiny_dataset, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        stop_in_epoch(patch, 2, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            train(tiny_dataset, tmp_path / "run")
    run = run_folder.open_run(tmp_path / "run")
    assert run.interrupted
    assert names(run.path) == WHOLE | {"checkpoint.npz"}

    again = train(tiny_dataset, tmp_path / "run")
    assert again.record["status"] == "finished"
    assert names(run.path) == WHOLE


def test_ctrl_c_in_the_first_epoch_leaves_nothing(tiny_dataset, tmp_path, monkeypatch):
    stop_in_epoch(monkeypatch, 0, KeyboardInterrupt())
    said = []
    with pytest.raises(KeyboardInterrupt):
        train(tiny_dataset, tmp_path / "run", say=said.append)
    assert said[-1].strip() == "stopped before the first epoch ended: nothing is kept"
    assert not (tmp_path / "run").exists()


def test_a_folder_that_was_there_before_is_kept_and_only_the_runs_own_files_removed(
    tiny_dataset, tmp_path, monkeypatch
):
    (tmp_path / "run").mkdir()
    stop_in_epoch(monkeypatch, 0, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        train(tiny_dataset, tmp_path / "run")
    assert list(tmp_path.iterdir()) == [tmp_path / "run"] and not names(tmp_path / "run")


def test_a_file_that_somebody_put_into_the_run_meanwhile_is_kept(tiny_dataset, tmp_path, monkeypatch):
    def stop(training, net, phase):
        (tmp_path / "run" / "notes.txt").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(phases.Training, "train_epoch", stop)
    with pytest.raises(KeyboardInterrupt):
        train(tiny_dataset, tmp_path / "run")
    assert names(tmp_path / "run") == {"notes.txt"}


def test_a_loss_that_is_not_finite_keeps_the_best_epoch_before_it(tiny_dataset, tmp_path, monkeypatch):
    stop_in_epoch(monkeypatch, 2, InputError("the loss is nan"))
    with pytest.raises(InputError, match="the loss is nan"):
        train(tiny_dataset, tmp_path / "run")
    assert run_folder.open_run(tmp_path / "run").interrupted


def test_a_ctrl_c_that_the_library_loses_ends_the_training_before_the_next_step(
    tiny_dataset, tmp_path, monkeypatch
):
    train_on_batch, steps = keras.Model.train_on_batch, []

    def loses_the_ctrl_c(net, *arguments, **settings):
        steps.append("done")
        if (tmp_path / "run" / "metrics.jsonl").exists():
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            steps.append("lost")
        return train_on_batch(net, *arguments, **settings)

    monkeypatch.setattr(keras.Model, "train_on_batch", loses_the_ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        train(tiny_dataset, tmp_path / "run")
    assert steps == ["done"] * (len(steps) - 1) + ["lost"]
    assert run_folder.open_run(tmp_path / "run").interrupted


def test_a_second_ctrl_c_does_not_lose_what_the_first_one_keeps(tiny_dataset, tmp_path, monkeypatch):
    conclude = run_files.write_parity

    def interrupted_again(*arguments, **settings):
        signal.raise_signal(signal.SIGINT)
        conclude(*arguments, **settings)

    monkeypatch.setattr(run_files, "write_parity", interrupted_again)
    stop_in_epoch(monkeypatch, 1, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        train(tiny_dataset, tmp_path / "run")
    assert run_folder.open_run(tmp_path / "run").interrupted


@pytest.fixture(scope="module")
def whole(tiny_dataset, tmp_path_factory):
    """The best weights of a training that nothing stopped."""
    return best_weights(train(tiny_dataset, tmp_path_factory.mktemp("runs") / "whole"))


@pytest.mark.rest
@pytest.mark.parametrize("nth", range(12))  # record, images, picture; then 3 epochs of 3 writes each
def test_a_kill_at_any_write_changes_nothing_in_the_end(tiny_dataset, tmp_path, monkeypatch, whole, nth):
    replace, calls = files.os.replace, itertools.count()

    def killed_at_nth(source, target):
        # a weights file is moved twice: out of Keras's hands, then to its name
        if not str(target).endswith(files.PARTIAL) and next(calls) == nth:
            raise Killed
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "replace", killed_at_nth)
        with pytest.raises(Killed):
            train(tiny_dataset, tmp_path / "stopped")
    stopped = best_weights(train(tiny_dataset, tmp_path / "stopped"))
    for one, other in zip(whole, stopped, strict=True):
        np.testing.assert_array_equal(one, other)
    assert names(tmp_path / "stopped") == WHOLE


def best_weights(run):
    net = tiny_net(run.recipe, len(run.class_names))
    net.load_weights(run.path / run_folder.WEIGHTS)
    return net.get_weights()


def test_without_out_the_same_training_goes_on_and_another_gets_its_own_folder(
    tiny_dataset, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        stop_in_epoch(patch, 1, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            train(tiny_dataset, None)
    (stopped,) = (path for path in (tmp_path / "runs").iterdir() if not path.is_symlink())
    assert train(tiny_dataset, None, seed=1).path.name == f"{stopped.name}-2"
    assert train(tiny_dataset, None).path.name == stopped.name
    assert train(tiny_dataset, None).path.name == f"{stopped.name}-3"


def test_leftovers_of_a_kill_before_the_first_record_are_no_obstacle(tiny_dataset, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ("run.json" + files.PARTIAL)).write_text("{")
    train(tiny_dataset, tmp_path / "run")
    assert names(tmp_path / "run") == WHOLE
