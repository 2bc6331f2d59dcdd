"""train.py as a user calls it."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from array_files import object_array, raw_npz, small_images, stored
from calling import QUICK, command

import train as train_script
from plants import commandline

TRAIN = Path(__file__).parents[2] / "train.py"


def train(*arguments, cwd):
    return subprocess.run(**command(TRAIN, *arguments, cwd=cwd), timeout=300)


def stopped_after_the_first_epoch(signum, *arguments, cwd):
    """Starts train.py, sends the signal once an epoch is done; (exit code, stdout, stderr)."""
    process = subprocess.Popen(**command(TRAIN, *arguments, cwd=cwd))
    said = []
    for line in process.stdout:
        said.append(line)
        if "epoch 1/" in line:
            time.sleep(0.3)  # into the next epoch
            process.send_signal(signum)
            break
    out, err = process.communicate(timeout=120)
    return process.returncode, "".join(said) + out, err


def test_the_score_out_of_fold_is_said_with_its_interval_and_folds():
    pooled = {"n": 24, "accuracy": 0.75, "macro_f1": 0.7, "ci95": [0.551, 0.88]}
    record = {
        "out_of_fold": pooled | {"folds": [{"accuracy": 2 / 3}, {"accuracy": 5 / 6}]},
        "validation": {"n": 24, "accuracy": 0.75},
    }
    assert train_script.describe_score(record) == (
        "out-of-fold accuracy 0.7500 (95 %: 0.5510 to 0.8800) on 24 images, macro-F1 0.7000; by fold 0.6667, "
        "0.8333"
    )


def test_the_score_without_folds_is_that_of_the_validation_images_if_there_are_any():
    record = {"validation": {"n": 6, "accuracy": 5 / 6}}
    assert train_script.describe_score(record) == "validation accuracy 0.8333 on 6 images"
    assert train_script.describe_score({"validation": None}) == ""


def test_the_list_has_a_line_for_each_recipe_name_two_spaces_what_it_is(tmp_path):
    done = train("--list", cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*  \S.*", line) for line in lines)
    assert {"default", "report-lite0", "smoke"} <= {line.split("  ")[0] for line in lines}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--recipe", "defualt"], "no recipe 'defualt'; the closest is 'default' "),
        (["--set", "batchsize=8"], "no recipe field 'batchsize'; the closest is 'batch_size' "),
        (
            ["--set", "phases.0.epochs=many"],
            "--set phases.0.epochs=many: got 'many', expected a whole number",
        ),
        (
            ["--set", "dropout=1.2"],
            "--set dropout=1.2: Recipe field 'dropout': got 1.2, expected a value from 0.0",
        ),
        (["--data", "nowhere.zip"], "nowhere.zip"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(tmp_path, arguments, message):
    done = train(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert message in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_hostile_npz_is_one_line_and_exit_code_2_and_nothing_happens(tmp_path):
    hostile = object_array(b"cos\nmkdir\n(S'PWNED'\ntR.")
    raw_npz(tmp_path / "X.npz", images=stored(small_images(6)), labels=hostile)
    done = train("--data", "X.npz", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "error: X.npz: labels is an array of objects that is not read (asks for os."
    )
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["X.npz"]


def in_process(*arguments, capsys):
    """Exit code and stderr of train.py's main."""
    code = commandline.run(train_script.main, [str(argument) for argument in arguments])
    return code, capsys.readouterr().err


HIERARCHY = ["--recipe", "hierarchical", "--set", "weights=none"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            ["--set", "dropout=1.2"],
            "--set dropout=1.2: Recipe field 'dropout': got 1.2, expected a value from",
        ),
        (["--set", "head=64", "head.0.dropout=1.2"], "Dense field 'dropout': got 1.2, expected a value from"),
        (
            ["--set", "head.0.dropout=0.2"],
            "no entry '0': there are none; layers come by their units, ",
        ),
        (
            ["--recipe", "efficientnetb0", "--set", "head.0.dropout=1.2"],
            "Dense field 'dropout': got 1.2, expec",
        ),
        (
            ["--set", "backbone=resnet50"],
            "'backbone': got 'resnet50', expected one of lite0, lite1, lite2, vgg",
        ),
        (
            ["--set", "phases.1.trainable=last-many"],
            "'trainable': got 'last-many', expected 'none', 'all', 'norms' or",
        ),
        (["--folds", "1"], "Recipe field 'folds': got 1, expected 0, or a number from 2 to 1000"),
        # of ten images of a class, two are held out
        (
            ["--folds", "9"],
            "tiny: 9 folds, but class daisy has only 8 images that are no near-copies in the d",
        ),
        (["--recipe", "kfold", "--set", "folds=9"], "expected at most 8 folds"),
        (HIERARCHY, "do not partition the classes (unknown: Species1, Species2, "),
        (
            [*HIERARCHY, "bundles=daisy+moss/daisy"],
            "(missing: fern); expected every class once, in two bundl",
        ),
        ([*HIERARCHY, "bundles=daisy+moss/fern/moss"], "(twice: moss)"),
        ([*HIERARCHY, "bundles=daisy+moss+fern"], "(1 bundles of 3 classes)"),
        ([*HIERARCHY, "bundles=daisy/moss/fern"], "not all alone, such as daisy+fern/moss"),
        ([*HIERARCHY, "bundles=", "bundles_from=nowhere"], "nowhere is not a run folder"),
    ],
)
def test_systems_that_cannot_be_are_refused_before_anything_is_written(
    class_folders, tmp_path, monkeypatch, capsys, arguments, message
):
    monkeypatch.chdir(tmp_path)
    code, err = in_process("--data", class_folders, *arguments, capsys=capsys)
    assert code == 2
    assert err.startswith("error: ") and err.count("\n") == 1
    assert message in err
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_more_layers_than_the_backbone_has_are_refused_and_nothing_is_kept(class_folders, tmp_path, capsys):
    call = ["--data", class_folders, "--out", tmp_path / "run", *QUICK, "phases.1.trainable=last-500"]
    code, err = in_process(*call, capsys=capsys)
    assert code == 2
    assert err == (
        "error: Phase field 'trainable': got 'last-500', but the backbone has 98 layers with weights; "
        "name at most last-98, or all\n"
    )
    assert not (tmp_path / "run").exists()  # refused before the first phase


def test_a_seed_out_of_range_is_wrong_usage(tmp_path):
    done = train("--seed", "-1", cwd=tmp_path)
    assert done.returncode == 2
    assert "--seed: got -1, expected 0 to 2147483647" in done.stderr


@pytest.mark.rest
def test_kerass_settings_of_another_project_train_as_if_there_were_none(class_folders, tmp_path):
    """Each of them by itself gave nan, weights that do not fit, or a traceback."""
    settings = {"floatx": "float16", "epsilon": 0.5, "backend": "jax", "image_data_format": "channels_first"}
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "keras.json").write_text(json.dumps(settings))
    call = command(TRAIN, "--data", class_folders, "--out", "run", *QUICK, cwd=tmp_path)
    call["env"] |= {
        "KERAS_HOME": str(tmp_path / "keras"),
        "TF_USE_LEGACY_KERAS": "1",
        "KERAS_MAX_STEPS_PER_EPOCH": "1",
    }
    done = subprocess.run(**call, timeout=300)
    assert done.returncode == 0, done.stderr
    with h5py.File(tmp_path / "run" / "best.weights.h5") as file:
        kinds = []
        file.visititems(lambda _, item: kinds.append(str(getattr(item, "dtype", "a group"))))
    assert "float32" in kinds and not {"float16", "float64"} & set(kinds)
    assert json.loads((tmp_path / "run" / "run.json").read_text())["validation"]["n"] == 6


def test_a_run_from_class_folders_says_what_it_does_and_what_comes_next(class_folders, tmp_path):
    done = train("--data", class_folders, *QUICK, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (folder,) = [path for path in (tmp_path / "runs").iterdir() if not path.is_symlink()]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-smoke", folder.name)
    with np.load(folder / "validation.npz") as answers:
        right = answers["probabilities"].argmax(axis=1) == answers["labels"]
    assert f"\nvalidation accuracy {right.mean():.4f} on 6 images\n" in done.stdout  # 15 % of 30, two a class
    build = TRAIN.with_name("build_submission.py")
    assert done.stdout.endswith(f"next: {sys.executable} {build} runs/{folder.name}\n")
    assert json.loads((folder / "run.json").read_text())["command"][:3] == [
        "train.py",
        "--data",
        str(class_folders),
    ]
    assert (tmp_path / "runs" / "latest").resolve() == folder


@pytest.mark.rest
def test_ctrl_c_keeps_a_run_that_can_be_built_and_can_go_on(class_folders, tmp_path):
    call = ["--data", class_folders, "--out", "run", *QUICK]
    code, out, err = stopped_after_the_first_epoch(signal.SIGINT, *call, cwd=tmp_path)
    assert (code, err.splitlines()[-1]) == (130, "interrupted"), err
    assert "Traceback" not in err
    assert "stopping: the best epoch so far is being kept" in out
    assert "run is kept; the same command goes on with it" in out
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "interrupted"
    assert not list((tmp_path / "run").glob("*.partial*"))

    again = train(*call, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "going on after epoch " in again.stdout
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "finished"


@pytest.mark.rest
def test_ctrl_c_reaches_the_process_of_a_fold_and_keeps_what_it_learned(class_folders, tmp_path):
    call = ["--data", class_folders, "--out", "run", *QUICK, "--folds", "2"]
    code, out, err = stopped_after_the_first_epoch(signal.SIGINT, *call, cwd=tmp_path)
    assert (code, err.splitlines()[-1]) == (130, "interrupted"), err
    assert "Traceback" not in err
    assert "fold0 (1 of 2): validated on fold 1 of 2" in out
    assert "run/fold0 is kept; the same command goes on with it" in out
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (record["status"], record["members"]) == ("interrupted", ["fold0"])
    assert record["out_of_fold"]["n"] == 12  # half of 24


@pytest.mark.rest
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_kill_and_the_end_of_the_terminal_keep_a_run_as_ctrl_c_does(number, class_folders, tmp_path):
    call = ["--data", class_folders, "--out", "run", *QUICK]
    code, out, err = stopped_after_the_first_epoch(number, *call, cwd=tmp_path)
    assert (code, err.splitlines()[-1]) == (130, "interrupted"), err
    assert "run is kept; the same command goes on with it" in out
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["status"] == "interrupted" and record["validation"]
    assert not list((tmp_path / "run").glob("*.partial*"))


@pytest.mark.rest
@pytest.mark.parametrize("folds", [[], ["--folds", "2"]])
def test_a_training_whose_reader_goes_away_is_finished_without_a_word(folds, class_folders, tmp_path):
    call = ["--data", class_folders, "--out", "run", *QUICK, "phases.1.epochs=1", *folds]
    process = subprocess.Popen(**command(TRAIN, *call, cwd=tmp_path))
    assert "30 images of 3 classes" in process.stdout.readline()
    process.stdout.close()  # as head -1 does
    err = process.stderr.read()
    assert process.wait(timeout=120) == 0, err
    assert "error:" not in err and "note:" not in err and "Traceback" not in err
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "finished"


@pytest.mark.rest
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
def test_kill_9_leaves_nothing_half_written_under_a_final_name(class_folders, tmp_path):
    call = ["--data", class_folders, "--out", "run", *QUICK]
    code, _, _ = stopped_after_the_first_epoch(signal.SIGKILL, *call, cwd=tmp_path)
    assert code == -signal.SIGKILL
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "running"
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert lines and all("loss" in json.loads(line) for line in lines)
    assert not (tmp_path / "runs").exists()
