"""compare.py as a user calls it."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import jobs_here
import pytest
from trainable_net import tiny_net

import compare
from plants import commandline
from plants.nets import build
from plants.recipes import catalog
from plants.recipes.recipe import Phase, to_dict
from plants.runs import jobs
from plants.training import preflight

REPO = Path(__file__).parents[2]
RECIPE = dataclasses.replace(
    catalog.by_name("smoke"),
    name="quick",
    weights="none",
    batch_size=16,
    phases=(Phase("only", 1, 0.05, 32),),
    image_size=32,
)


@pytest.fixture
def here(class_folders, tmp_path, monkeypatch):
    """An empty folder to work in, with two recipe files; trainings take seconds in this process."""
    monkeypatch.setattr(build, "build", tiny_net)
    jobs_here.do_jobs_here(monkeypatch)
    monkeypatch.setattr(preflight, "run_in_subprocess", jobs_here.call)
    monkeypatch.delenv("CHALLENGE_DATA", raising=False)
    for name, dropout in (("quick", 0.0), ("slow", 0.5)):
        recipe = dataclasses.replace(RECIPE, name=name, dropout=dropout)
        (tmp_path / f"{name}.json").write_text(json.dumps(to_dict(recipe)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    """The exit code of compare.py in this process."""
    return commandline.run(compare.main, list(arguments))


@pytest.mark.rest
def test_recipes_are_trained_on_the_same_folds_and_compared(here, capsys):
    call = ["quick.json", "slow.json", "--folds", "2", "--data", "tiny", "--out", "out"]
    assert run(*call) == 0
    summary = json.loads((here / "out" / "comparison.json").read_text())
    assert [recipe["name"] for recipe in summary["recipes"]] == ["quick", "slow"]
    assert summary["n"] == 24 and summary["answers"] == "the development part of split 0, out of fold"
    out = capsys.readouterr().out
    assert "[1 of 2] quick-seed0; all that is left takes about " in out
    assert (here / "out" / "comparison.md").read_text() in out
    assert out.endswith("wrote out/comparison.md, comparison.json and comparison.png\n")

    assert run(*call) == 0
    assert "all that is left" not in capsys.readouterr().out
    assert json.loads((here / "out" / "comparison.json").read_text()) == summary


def test_a_page_of_other_recipes_is_not_replaced_without_a_word(here, capsys):
    for names in (["quick.json"], ["quick.json"], ["quick.json", "slow.json"]):
        assert run(*names, "--data", "tiny") == 0
    said = capsys.readouterr().err.splitlines()
    replaced = "runs/comparison/comparison.md compared quick: replaced; its runs are kept"
    assert [line for line in said if "comparison.md" in line] == [replaced]


def test_a_recipe_that_cannot_be_built_is_refused_before_another_is_trained(here, capsys):
    recipe = dataclasses.replace(RECIPE, name="deep", phases=(Phase("a", 1, 0.05, 32, trainable="last-999"),))
    (here / "deep.json").write_text(json.dumps(to_dict(recipe)))
    assert run("quick.json", "deep.json", "--data", "tiny") == 2
    assert "got 'last-999', but the backbone has " in capsys.readouterr().err
    assert not (here / "runs").exists()


def test_a_net_that_does_not_fit_into_the_memory_is_refused_in_one_line(here, monkeypatch, capsys):
    def too_large(*_, **settings):
        raise MemoryError

    monkeypatch.setattr(build, "build", too_large)
    assert run("quick.json", "--data", "tiny") == 2
    error = capsys.readouterr().err
    assert error.splitlines()[-1].startswith("error: the net and its optimizer do not fit into the memory: ")


def test_settings_of_the_command_line_change_every_recipe(here, capsys):
    assert run("quick.json", "--set", "batch_size=8", "--data", "tiny") == 0
    record = json.loads((here / "runs" / "comparison" / "quick-seed0" / "run.json").read_text())
    assert record["recipe"]["batch_size"] == 8
    assert record["command"] == ["compare.py", "quick.json", "--set", "batch_size=8", "--data", "tiny"]
    assert run("quick.json", "--data", "tiny") == 2
    assert "differs in batch_size (8, now 16): choose another --out" in capsys.readouterr().err


def test_a_comparison_is_written_after_each_seed(here, monkeypatch):
    submit, trained = jobs.submit, []

    def stopped_at_the_third(job):
        if len(trained) == 2:
            raise KeyboardInterrupt
        trained.append(submit(job))
        return trained[-1]

    monkeypatch.setattr(jobs, "submit", stopped_at_the_third)
    call = ["quick.json", "slow.json", "--seeds", "2", "--data", "tiny", "--out", "out"]
    assert run(*call) == 130
    assert json.loads((here / "out" / "comparison.json").read_text())["seeds"] == [0]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["defualt"], "no recipe 'defualt'; the closest is 'default'"),
        (["quick.json", "quick.json"], "the recipe 'quick' is named twice"),
        (["quick.json", "kfold"], "a paired test needs the same images; give --folds"),
        (["quick.json", "--folds", "1"], "--set folds=1: Recipe field 'folds': got 1, expected 0, or a"),
        (["quick.json", "--data", "nowhere.zip"], "nowhere.zip"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(here, capsys, arguments, message):
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1
    assert message in error
    assert not (here / "runs").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "the following arguments are required: RECIPE"),
        (["default", "--seeds", "0"], "--seeds: got 0, expected 1 or more"),
    ],
)
def test_wrong_usage_ends_with_2(capsys, arguments, message):
    with pytest.raises(SystemExit, match="2"):
        run(*arguments)
    assert message in capsys.readouterr().err


def test_a_mistyped_recipe_is_said_before_keras_is_loaded():
    code = (
        "import sys, compare; from plants import commandline\n"
        "code = commandline.run(compare.main, ['defualt'])\n"
        "sys.exit(99 if 'keras' in sys.modules else code)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2, done.stderr
