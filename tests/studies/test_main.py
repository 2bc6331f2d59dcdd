"""A study as a user calls it: python -m studies.report_claims, or another."""

import dataclasses
import functools
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
from studies import page, records, study
from studies.comparisons import Pair
from studies.report_claims import __main__ as report_claims
from studies.report_claims import claims, document
from studies.techniques import __main__ as techniques
from studies.variant import Variant

REPO = Path(__file__).parents[2]
VARIANTS = tuple(
    Variant(name, dataclasses.replace(RECIPE, name=name, dropout=dropout))
    for name, dropout in (("plain", 0.0), ("dropped", 0.5))
)
CLAIM = claims.Claim("Dropout?", "Yes.", "0.5.", (claims.ClaimComparison("plain", "dropped", claims.BETTER),))
# Two variants and one claim in the place of the report's, to be measured on the tiny images.
STUDY = dataclasses.replace(
    report_claims.STUDY, variants=VARIANTS, render=functools.partial(document.render, (CLAIM,))
)


@pytest.fixture
def here(class_folders, tmp_path, monkeypatch):
    """An empty folder to work in, in the repository's place; trainings take seconds in this process."""
    monkeypatch.setattr(build, "build", tiny_net)
    jobs_here.do_jobs_here(monkeypatch)
    monkeypatch.delenv("CHALLENGE_DATA", raising=False)
    contest_is(monkeypatch, classes=("daisy", "fern", "moss"))
    monkeypatch.setattr(provenance, "commit", lambda: "abc123")
    monkeypatch.setattr(study, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    return tmp_path


def contest_is(monkeypatch, **changes):
    """The contest where nothing is said is another one in these fields."""
    changed = dataclasses.replace(contests.default(), **changes)
    monkeypatch.setattr(contests, "default", lambda: changed)


def run(*arguments):
    """The exit code of the command in this process."""
    return commandline.run(STUDY.main, list(arguments))


def recorded(here):
    return {path.name for path in (here / "results" / "claims").iterdir()}


@pytest.mark.rest
def test_variants_are_trained_recorded_and_written(here, monkeypatch, capsys):
    write, trained = page.write, []

    def after_how_many(*arguments):
        trained.append(len(list((here / "results" / "claims").glob("*.json"))))
        return write(*arguments)

    monkeypatch.setattr(page, "write", after_how_many)
    assert run("--data", "tiny") == 0
    assert trained == [2]
    assert recorded(here) == {"plain.json", "plain.npz", "dropped.json", "dropped.npz"}
    text = (here / "docs" / "report_claims.md").read_text()
    assert "### Dropout?" in text and "on the same 24 images" in text and "not trained yet" not in text
    assert "wrote docs/report_claims.md; not trained yet: none\n" in capsys.readouterr().out

    (here / "docs" / "report_claims.md").unlink()
    assert run("--write") == 0
    assert (here / "docs" / "report_claims.md").read_text() == text


@pytest.mark.rest
def test_techniques_are_trained_recorded_and_written(here, capsys):
    plain = VARIANTS[0].recipe
    (phase,) = plain.phases
    tuned = dataclasses.replace(phase, epochs=3, ema=0.5, soup=2, strength=0.5, mixed_epochs=2)
    several = dataclasses.replace(
        plain, name="several", phases=(tuned,), mixing="mixup", mixing_share=0.5, logit_adjustment=1.0
    )
    made = dataclasses.replace(
        techniques.STUDY,
        variants=(VARIANTS[0], Variant("several", several)),
        render=functools.partial(techniques.document.render, (Pair("plain", "several"),)),
    )
    assert commandline.run(made.main, ["--data", "tiny"]) == 0
    assert (here / "results" / "techniques" / "several.npz").exists()
    text = (here / "docs" / "techniques.md").read_text()
    assert "on the same 24 images" in text and "not trained yet" not in text
    assert "wrote docs/techniques.md; not trained yet: none\n" in capsys.readouterr().out


def test_a_variant_alone_is_trained_by_its_name(here, capsys):
    assert run("--data", "tiny", "--only", "dropped") == 0
    assert recorded(here) == {"dropped.json", "dropped.npz"}
    assert capsys.readouterr().out.endswith("wrote docs/report_claims.md; not trained yet: plain\n")


def test_a_variant_that_is_not_there_is_refused_with_those_that_are(here, capsys):
    assert run("--data", "tiny", "--only", "plain", "droped") == 2
    error = capsys.readouterr().err
    assert error == "error: no variant 'droped': expected names from plain, dropped\n"
    assert not (here / "runs").exists()


def test_what_another_process_is_at_is_left_to_it_and_said_to_be_missing(here, capsys):
    (here / "runs" / "claims").mkdir(parents=True)
    lock = here / "runs" / "claims" / "dropped.lock"
    lock.touch()
    with locks.held(lock):
        assert run("--data", "tiny") == 0
    out = capsys.readouterr().out
    assert "dropped: another python -m studies.report_claims works on it" in out
    assert out.endswith("wrote docs/report_claims.md; not trained yet: dropped\n")
    assert recorded(here) == {"plain.json", "plain.npz"}
    assert "**Not trained yet: `dropped`.**" in (here / "docs" / "report_claims.md").read_text()


def test_nothing_is_trained_on_the_generated_sample(here, monkeypatch, capsys):
    contest_is(monkeypatch, data=(here / "data" / "training_data_final.zip",))
    assert run() == 2
    error = capsys.readouterr().err
    assert error == (
        "error: no --data, no $CHALLENGE_DATA and nothing in data/, only the generated sample: expected the "
        "contest's data; name it with --data, set $CHALLENGE_DATA, or put it into data/\n"
    )
    assert not (here / "runs").exists() and not list((here / "docs").iterdir())


def test_nothing_is_trained_on_images_of_other_classes(here, monkeypatch, capsys):
    contest_is(monkeypatch, classes=("Species1", "Species2", "Species3"))
    assert run("--data", "tiny") == 2
    assert capsys.readouterr().err == (
        "error: tiny: the classes are daisy, fern, moss, expected those of the contest's data, Species1 to "
        "Species3: name that with --data\n"
    )
    assert not (here / "runs").exists() and not list((here / "docs").iterdir())


@pytest.mark.parametrize("commit, said", [("abc123-dirty", "abc123-dirty"), (None, "none")])
def test_nothing_is_trained_with_code_of_no_commit(here, monkeypatch, capsys, commit, said):
    monkeypatch.setattr(provenance, "commit", lambda: commit)
    assert run("--data", "tiny") == 2
    assert capsys.readouterr().err == (
        f"error: this code is that of no commit (git says {said}), and a record names the one it was "
        "measured with: commit or undo the changes, or work in a clone without any\n"
    )
    assert not (here / "runs").exists() and not list((here / "docs").iterdir())


def test_the_document_is_written_by_one_process_at_a_time_from_the_records_of_then(here, monkeypatch):
    reading = threading.Event()

    def read_all(folder, variants):
        reading.set()
        return {}

    monkeypatch.setattr(records, "read_all", read_all)
    second = threading.Thread(target=STUDY.main, args=(["--write"],))  # signals are the main thread's
    with locks.held(here / "docs", wait=True):
        second.start()
        assert not reading.wait(1.0)  # it waits before it reads: what is written meanwhile is in its document
    second.join(60.0)
    assert reading.is_set()
    assert [path.name for path in (here / "docs").iterdir()] == ["report_claims.md"]


def test_writing_alone_needs_no_data_and_says_what_is_missing(here, capsys):
    finished = hand_made.run(here / "runs" / "plain", VARIANTS[0].recipe, "110110100111")
    records.write(here / "results" / "claims", VARIANTS[0], finished)
    assert run("--write") == 0
    assert "wrote docs/report_claims.md; not trained yet: dropped\n" in capsys.readouterr().out
    assert "**Not trained yet: `dropped`.**" in (here / "docs" / "report_claims.md").read_text()


@pytest.mark.parametrize("option", ["--data", "--out", "--only"])
def test_writing_alone_refuses_what_only_a_training_heeds(capsys, option):
    with pytest.raises(SystemExit, match="2"):
        run("--write", option, "x")
    message = "--write trains nothing, so --data, --out and --only have no effect"
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("name, folder", [("report_claims", "claims"), ("techniques", "techniques")])
def test_a_study_leaves_what_it_leaves_in_the_repository_wherever_it_is_called(name, folder):
    made = __import__(f"studies.{name}.__main__", fromlist=["STUDY"]).STUDY
    assert made.module == f"studies.{name}"
    assert made.results == REPO / "results" / folder
    assert study.ROOT / made.document == REPO / "docs" / f"{name}.md"


@pytest.mark.parametrize("name", ["report_claims", "techniques"])
def test_the_command_is_there_and_reads_no_keras_for_its_help(name):
    code = (
        "import runpy, sys\n"
        f"try:\n    runpy.run_module('studies.{name}', run_name='__main__')\n"
        "except SystemExit as ended:\n    sys.exit(99 if 'keras' in sys.modules else ended.code)"
    )
    call = [sys.executable, "-c", code, "--help"]
    done = subprocess.run(call, cwd=REPO, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: python -m studies.{name} ")
