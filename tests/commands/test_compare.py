"""compare.py as a user calls it."""

import dataclasses
import json
import subprocess
import sys
import threading
from pathlib import Path

import hand_made
import pytest
from trainable_net import tiny_net

import compare
from plants import commandline, locks
from plants.data import sources
from plants.nets import build
from plants.recipes import catalog
from plants.recipes.recipe import Phase, to_dict
from plants.runs import run_folder
from plants.training import make_run as making
from studies.report_claims import claims, document, records, variants

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
    monkeypatch.setattr(making, "run_in_subprocess", lambda function, *arguments, doing: function(*arguments))
    monkeypatch.delenv("CHALLENGE_DATA", raising=False)
    for name, dropout in (("quick", 0.0), ("slow", 0.5)):
        recipe = dataclasses.replace(RECIPE, name=name, dropout=dropout)
        (tmp_path / f"{name}.json").write_text(json.dumps(to_dict(recipe)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    """The exit code of compare.py in this process."""
    return commandline.run(compare.main, list(arguments))


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


@pytest.fixture
def two_variants(here, monkeypatch):
    """Two variants and one claim in the place of the report's, to be measured on the tiny images."""
    monkeypatch.setattr(sources, "CONTEST_CLASSES", ("daisy", "fern", "moss"))
    monkeypatch.setattr(run_folder, "commit", lambda: "abc123")
    monkeypatch.setattr(records, "FOLDER", here / "results" / "claims")
    monkeypatch.setattr(document, "PATH", here / "docs" / "report_claims.md")
    (here / "docs").mkdir()
    made = tuple(
        variants.Variant(name, dataclasses.replace(RECIPE, name=name, folds=2, dropout=dropout))
        for name, dropout in (("plain", 0.0), ("dropped", 0.5))
    )
    claim = claims.Claim(
        "Dropout?", "Yes.", "0.5.", (claims.ClaimComparison("plain", "dropped", claims.BETTER),)
    )
    monkeypatch.setattr(variants, "VARIANTS", made)
    monkeypatch.setattr(claims, "CLAIMS", (claim,))
    return made


def test_claims_are_trained_recorded_and_written(here, two_variants, monkeypatch, capsys):
    write, trained = compare.write_document, []

    def after_how_many():
        trained.append(len(list((here / "results" / "claims").glob("*.json"))))
        return write()

    monkeypatch.setattr(compare, "write_document", after_how_many)
    assert run("--claims", "--data", "tiny") == 0
    assert trained == [2]
    assert {path.name for path in (here / "results" / "claims").iterdir()} == {
        *("plain.json", "plain.npz", "dropped.json", "dropped.npz")
    }
    text = (here / "docs" / "report_claims.md").read_text()
    assert "### Dropout?" in text and "on the same 24 images" in text and "not trained yet" not in text
    assert "wrote docs/report_claims.md; not trained yet: none\n" in capsys.readouterr().out

    (here / "docs" / "report_claims.md").unlink()
    assert run("--claims", "--write") == 0
    assert (here / "docs" / "report_claims.md").read_text() == text


def test_what_another_process_is_at_is_left_to_it_and_said_to_be_missing(here, two_variants, capsys):
    (here / "runs" / "claims").mkdir(parents=True)
    lock = here / "runs" / "claims" / "dropped.lock"
    lock.touch()
    with locks.held(lock):
        assert run("--claims", "--data", "tiny") == 0
    out = capsys.readouterr().out
    assert "dropped: another compare.py works on it" in out
    assert out.endswith("wrote docs/report_claims.md; not trained yet: dropped\n")
    assert {path.name for path in (here / "results" / "claims").iterdir()} == {"plain.json", "plain.npz"}
    assert "**Not trained yet: `dropped`.**" in (here / "docs" / "report_claims.md").read_text()


def test_a_comparison_is_written_after_each_seed(here, monkeypatch):
    train, trained = making.make_run, []

    def stopped_at_the_third(*arguments, **settings):
        if len(trained) == 2:
            raise KeyboardInterrupt
        trained.append(train(*arguments, **settings))
        return trained[-1]

    monkeypatch.setattr("plants.comparison.trainings.make_run", stopped_at_the_third)
    call = ["quick.json", "slow.json", "--seeds", "2", "--data", "tiny", "--out", "out"]
    assert run(*call) == 130
    assert json.loads((here / "out" / "comparison.json").read_text())["seeds"] == [0]


def test_claims_are_not_trained_on_the_generated_sample(here, two_variants, monkeypatch, capsys):
    monkeypatch.setattr(sources, "CONTEST_DATA", here / "data" / "training_data_final")
    assert run("--claims") == 2
    error = capsys.readouterr().err
    assert error == (
        "error: no --data, no $CHALLENGE_DATA and nothing in data/, only the generated sample: expected the "
        "contest's data; name it with --data, set $CHALLENGE_DATA, or put it into data/\n"
    )
    assert not (here / "runs").exists() and not list((here / "docs").iterdir())


def test_claims_are_not_trained_on_images_of_other_classes(here, two_variants, monkeypatch, capsys):
    monkeypatch.setattr(sources, "CONTEST_CLASSES", ("Species1", "Species2", "Species3"))
    assert run("--claims", "--data", "tiny") == 2
    assert capsys.readouterr().err == (
        "error: tiny: the classes are daisy, fern, moss, expected those of the contest's data, Species1 to "
        "Species3: name that with --data\n"
    )
    assert not (here / "runs").exists() and not list((here / "docs").iterdir())


@pytest.mark.parametrize("commit, said", [("abc123-dirty", "abc123-dirty"), (None, "none")])
def test_claims_are_not_trained_with_code_of_no_commit(here, two_variants, monkeypatch, capsys, commit, said):
    monkeypatch.setattr(run_folder, "commit", lambda: commit)
    assert run("--claims", "--data", "tiny") == 2
    assert capsys.readouterr().err == (
        f"error: this code is that of no commit (git says {said}), and a record names the one it was "
        "measured with: commit or undo the changes, or call compare.py in a clone without any\n"
    )
    assert not (here / "runs").exists() and not list((here / "docs").iterdir())


def test_the_document_is_written_by_one_process_at_a_time_from_the_records_of_then(
    here, two_variants, monkeypatch
):
    reading = threading.Event()

    def read_all(folder, variants):
        reading.set()
        return {}

    monkeypatch.setattr(records, "read_all", read_all)
    second = threading.Thread(target=compare.write_document)
    with locks.held(here / "docs", wait=True):
        second.start()
        assert not reading.wait(1.0)  # it waits before it reads: what is written meanwhile is in its document
    second.join(60.0)
    assert reading.is_set()
    assert [path.name for path in (here / "docs").iterdir()] == ["report_claims.md"]


def test_the_records_and_the_document_are_those_of_the_repository_wherever_the_command_is_given():
    assert records.FOLDER == REPO / "results" / "claims"
    assert document.PATH == REPO / "docs" / "report_claims.md"


def test_writing_alone_needs_no_data_and_says_what_is_missing(here, two_variants, capsys):
    folder = here / "runs" / "plain"
    finished = hand_made.run(folder, two_variants[0].recipe, "110110100111")
    records.write(here / "results" / "claims", two_variants[0], finished)
    assert run("--claims", "--write") == 0
    assert "wrote docs/report_claims.md; not trained yet: dropped\n" in capsys.readouterr().out
    assert "**Not trained yet: `dropped`.**" in (here / "docs" / "report_claims.md").read_text()


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
        ([], "expected either RECIPE ... or --claims"),
        (["default", "--claims"], "expected either RECIPE ... or --claims"),
        (["--claims", "--folds", "5"], "--claims has its own recipes, folds and seeds"),
        (["default", "--write"], "--write goes with --claims"),
        (["--claims", "--write", "--data", "x.zip"], "--write trains nothing, so --data and --out have no"),
        (["--claims", "--write", "--out", "x"], "--write trains nothing, so --data and --out have no"),
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
