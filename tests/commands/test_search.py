"""search.py as a user calls it, killed and stopped, with a net that trains in a second."""

import csv
import signal
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
from calling import QUICK, command
from trainable_net import tiny_net

import search as search_script
from plants import commandline
from plants.data.dataset import load
from plants.nets import build
from plants.recipes import catalog
from plants.training.make_run import make_run
from plants.training.plan import plan_training

SEARCH = Path(__file__).parents[1] / "makers" / "tiny_search.py"


def search(*arguments, cwd):
    return subprocess.run(**command(SEARCH, *arguments, cwd=cwd), timeout=900)


def stopped_in(number, signum, *arguments, cwd):
    """Starts a search, sends the signal once trial `number` has an epoch; (exit code, stdout, stderr)."""
    process = subprocess.Popen(**command(SEARCH, *arguments, cwd=cwd))
    said = []
    for line in process.stdout:
        said.append(line)
        if "epoch 1/" in line and any(early.startswith(f"trial {number} ") for early in said):
            process.send_signal(signum)
            break
    out, err = process.communicate(timeout=900)  # until the trial's process has ended, too
    return process.returncode, "".join(said) + out, err


def states(folder, name="smoke"):
    opened = optuna.load_study(study_name=name, storage=f"sqlite:///{folder}/study.db")
    return [trial.state.name for trial in opened.get_trials()]


def names(folder):
    return {path.name for path in folder.iterdir()}


WHOLE = {"study.db", "trials", "owners", "trials.csv", "best.json"}


@pytest.mark.rest
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
def test_a_search_killed_in_a_trial_loses_that_trial_only(class_folders, tmp_path, monkeypatch):
    folder, call = tmp_path / "found", ["--data", class_folders, "--out", "found", "--trials", 2, *QUICK]
    code, _, _ = stopped_in(1, signal.SIGKILL, *call, cwd=tmp_path)
    assert code == -signal.SIGKILL
    assert states(folder) == ["COMPLETE", "RUNNING"]  # as Optuna itself opens it
    assert WHOLE <= names(folder)

    again = search(*call, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "trial 1 is lost: its process was killed" in again.stdout
    train = SEARCH.parents[2] / "train.py"
    next_line = f"next: {sys.executable} {train} --recipe found/best.json --data {class_folders}\n"
    assert next_line in again.stdout
    assert states(folder) == ["COMPLETE", "FAIL", "COMPLETE"]
    assert WHOLE | {"history.png"} <= names(folder) <= WHOLE | {"history.png", "importance.png"}
    assert not names(folder / "owners")
    with open(folder / "trials.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["reason"] for row in rows] == ["", "its process was killed", ""]

    # The best recipe's file, trained as train.py does, gives the trial's score again.
    monkeypatch.setattr(build, "build", tiny_net)
    recipe = catalog.by_name(str(folder / "best.json"))
    plan = plan_training(recipe, load(class_folders), tmp_path / "run", seed=0, command=["train.py"])
    run = make_run(plan)
    best = max(rows, key=lambda row: float(row["validation_accuracy"] or 0))
    assert run.record["validation"]["accuracy"] == float(best["validation_accuracy"])
    assert names(folder / "trials") == {f"{int(best['trial']):04d}"}
    assert run.record["recipe"]["name"] == "smoke-searched"


@pytest.mark.rest
def test_ctrl_c_ends_in_good_order_and_tells_the_trial_as_failed(class_folders, tmp_path):
    call = ["--data", class_folders, "--study", "short", *QUICK, "phases.1.epochs=1000"]
    code, out, err = stopped_in(0, signal.SIGINT, *call, cwd=tmp_path)
    assert (code, err.splitlines()[-1]) == (130, "interrupted"), err
    assert "Traceback" not in err
    folder = tmp_path / "runs" / "search-short"
    assert "what is finished is kept in runs/search-short; the same search.py command goes on" in out
    assert states(folder, "short") == ["FAIL"]
    assert names(folder) == WHOLE - {"best.json"} | {"history.png"}
    assert not names(folder / "trials") and not names(folder / "owners")
    assert (folder / "trials.csv").read_text().splitlines()[1].startswith("0,fail,,")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--recipe", "defualt"], "no recipe 'defualt'; the closest is 'default' "),
        (
            ["--recipe", "kfold"],
            "a search trains one net a trial, and recipe 'kfold' asks for more: --set folds=0",
        ),
        (["--set", "holdout=0"], "a search ranks its trials on validation images, and holdout=0 leaves none"),
        (["--set", "dropout=1.2"], "--set dropout=1.2: Recipe field 'dropout': got 1.2, expected a value"),
        (["--data", "nowhere.zip"], "nowhere.zip: no such file or folder"),
        (["--set", "weights=mine.h5"], "there is no weights file mine.h5; name another with --set weights="),
        (["--storage", "foo"], "the storage 'foo' cannot be used: Could not parse"),
        (["--storage", "sqlite:///no/such/folder/x.db"], "unable to open database file"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    class_folders, tmp_path, monkeypatch, capsys, arguments, message
):
    monkeypatch.chdir(tmp_path)
    before = names(tmp_path)
    assert commandline.run(search_script.main, ["--data", str(class_folders), *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1
    assert message in said
    assert names(tmp_path) == before


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--trials", "0"], "--trials: got 0, expected 1 or more"),
        (["--trials", "many"], "--trials: got many, expected 1 or more"),
        (["--seed", "2147483648"], "--seed: got 2147483648, expected 0 to 2147483647"),
        (["--seed", "-1"], "--seed: got -1, expected 0 to 2147483647"),
        (["--study", "../x"], "--study: got '../x', expected letters, digits, '-', '_' and '.'"),
    ],
)
def test_numbers_and_names_out_of_range_are_wrong_usage(capsys, arguments, message):
    with pytest.raises(SystemExit, match="2"):
        search_script.main(arguments)
    assert message in capsys.readouterr().err


def test_the_command_in_the_record_hides_the_storages_password(tmp_path, class_folders):
    url = "postgresql://me:secret@host/name"
    options = search_script.parse(["--storage", url, "--data", str(class_folders)])
    for words in (["--storage", url], [f"--storage={url}"]):
        command = search_script.plan_of(options, words).command
        assert "secret" not in " ".join(command) and "me:***@host/name" in " ".join(command)
