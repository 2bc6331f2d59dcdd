"""python -m studies.report_claims as a user calls it."""

import dataclasses
import subprocess
import sys
import threading
from pathlib import Path

import hand_made
import jobs_here
import pytest
from quick_trainings import RECIPE
from trainable_net import tiny_net

from plants import commandline, locks
from plants.contests import contest as contests
from plants.nets import build
from plants.runs import provenance
from studies.report_claims import __main__ as command
from studies.report_claims import claims, document, records, variants

REPO = Path(__file__).parents[2]


@pytest.fixture
def here(class_folders, tmp_path, monkeypatch):
    """An empty folder to work in; trainings take seconds in this process."""
    monkeypatch.setattr(build, "build", tiny_net)
    jobs_here.do_jobs_here(monkeypatch)
    monkeypatch.delenv("CHALLENGE_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contest_is(monkeypatch, **changes):
    """The contest where nothing is said is another one in these fields."""
    changed = dataclasses.replace(contests.default(), **changes)
    monkeypatch.setattr(contests, "default", lambda: changed)


def run(*arguments):
    """The exit code of the command in this process."""
    return commandline.run(command.main, list(arguments))


@pytest.fixture
def two_variants(here, monkeypatch):
    """Two variants and one claim in the place of the report's, to be measured on the tiny images."""
    contest_is(monkeypatch, classes=("daisy", "fern", "moss"))
    monkeypatch.setattr(provenance, "commit", lambda: "abc123")
    monkeypatch.setattr(records, "FOLDER", here / "results" / "claims")
    monkeypatch.setattr(document, "PATH", here / "docs" / "report_claims.md")
    (here / "docs").mkdir()
    made = tuple(
        variants.Variant(name, dataclasses.replace(RECIPE, name=name, dropout=dropout))
        for name, dropout in (("plain", 0.0), ("dropped", 0.5))
    )
    claim = claims.Claim(
        "Dropout?", "Yes.", "0.5.", (claims.ClaimComparison("plain", "dropped", claims.BETTER),)
    )
    monkeypatch.setattr(variants, "VARIANTS", made)
    monkeypatch.setattr(claims, "CLAIMS", (claim,))
    return made


def test_claims_are_trained_recorded_and_written(here, two_variants, monkeypatch, capsys):
    write, trained = document.write, []

    def after_how_many(*arguments):
        trained.append(len(list((here / "results" / "claims").glob("*.json"))))
        return write(*arguments)

    monkeypatch.setattr(document, "write", after_how_many)
    assert run("--data", "tiny") == 0
    assert trained == [2]
    assert {path.name for path in (here / "results" / "claims").iterdir()} == {
        *("plain.json", "plain.npz", "dropped.json", "dropped.npz")
    }
    text = (here / "docs" / "report_claims.md").read_text()
    assert "### Dropout?" in text and "on the same 24 images" in text and "not trained yet" not in text
    assert "wrote docs/report_claims.md; not trained yet: none\n" in capsys.readouterr().out

    (here / "docs" / "report_claims.md").unlink()
    assert run("--write") == 0
    assert (here / "docs" / "report_claims.md").read_text() == text


def test_what_another_process_is_at_is_left_to_it_and_said_to_be_missing(here, two_variants, capsys):
    (here / "runs" / "claims").mkdir(parents=True)
    lock = here / "runs" / "claims" / "dropped.lock"
    lock.touch()
    with locks.held(lock):
        assert run("--data", "tiny") == 0
    out = capsys.readouterr().out
    assert "dropped: another python -m studies.report_claims works on it" in out
    assert out.endswith("wrote docs/report_claims.md; not trained yet: dropped\n")
    assert {path.name for path in (here / "results" / "claims").iterdir()} == {"plain.json", "plain.npz"}
    assert "**Not trained yet: `dropped`.**" in (here / "docs" / "report_claims.md").read_text()


def test_claims_are_not_trained_on_the_generated_sample(here, two_variants, monkeypatch, capsys):
    contest_is(monkeypatch, data=(here / "data" / "training_data_final.zip",))
    assert run() == 2
    error = capsys.readouterr().err
    assert error == (
        "error: no --data, no $CHALLENGE_DATA and nothing in data/, only the generated sample: expected the "
        "contest's data; name it with --data, set $CHALLENGE_DATA, or put it into data/\n"
    )
    assert not (here / "runs").exists() and not list((here / "docs").iterdir())


def test_claims_are_not_trained_on_images_of_other_classes(here, two_variants, monkeypatch, capsys):
    contest_is(monkeypatch, classes=("Species1", "Species2", "Species3"))
    assert run("--data", "tiny") == 2
    assert capsys.readouterr().err == (
        "error: tiny: the classes are daisy, fern, moss, expected those of the contest's data, Species1 to "
        "Species3: name that with --data\n"
    )
    assert not (here / "runs").exists() and not list((here / "docs").iterdir())


@pytest.mark.parametrize("commit, said", [("abc123-dirty", "abc123-dirty"), (None, "none")])
def test_claims_are_not_trained_with_code_of_no_commit(here, two_variants, monkeypatch, capsys, commit, said):
    monkeypatch.setattr(provenance, "commit", lambda: commit)
    assert run("--data", "tiny") == 2
    assert capsys.readouterr().err == (
        f"error: this code is that of no commit (git says {said}), and a record names the one it was "
        "measured with: commit or undo the changes, or call python -m studies.report_claims in a clone "
        "without any\n"
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
    second = threading.Thread(target=document.write, args=(claims.CLAIMS, two_variants))
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
    assert run("--write") == 0
    assert "wrote docs/report_claims.md; not trained yet: dropped\n" in capsys.readouterr().out
    assert "**Not trained yet: `dropped`.**" in (here / "docs" / "report_claims.md").read_text()


@pytest.mark.parametrize("option", ["--data", "--out"])
def test_writing_alone_refuses_what_only_a_training_heeds(capsys, option):
    with pytest.raises(SystemExit, match="2"):
        run("--write", option, "x")
    assert "--write trains nothing, so --data and --out have no effect" in capsys.readouterr().err


def test_the_command_is_there_and_reads_no_keras_for_its_help():
    code = (
        "import runpy, sys\n"
        "try:\n    runpy.run_module('studies.report_claims', run_name='__main__')\n"
        "except SystemExit as ended:\n    sys.exit(99 if 'keras' in sys.modules else ended.code)"
    )
    call = [sys.executable, "-c", code, "--help"]
    done = subprocess.run(call, cwd=REPO, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: python -m studies.report_claims ")
