"""build_submission.py, from the command line to the zip."""

import hashlib
import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import fresh_process
import numpy as np
import pytest
import tiny_runs
from tiny_nets import colours, probability

import build_submission
from plants import commandline, files
from plants.contests import contest as contests

REPO = Path(__file__).parents[2]

# The build up to the moment when half of the first file is in the zip; then the process is killed.
KILLED = """
import os, shutil, signal, sys, tiny_runs
import build_submission
from plants.bundle import build_zip

def half(source, target):
    target.write(source.read(1000))
    os.kill(os.getpid(), signal.SIGKILL)

build_zip.load_factors = tiny_runs.load_quick
shutil.copyfileobj = half
build_submission.main(sys.argv[1:])
"""


def in_process(*arguments):
    return commandline.run(build_submission.main, [str(argument) for argument in arguments])


def in_new_process(*arguments, cwd, code=None):
    script = ["-c", code] if code else [str(REPO / "build_submission.py")]
    return subprocess.run(
        [sys.executable, *script, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": f"{REPO}{os.pathsep}{REPO / 'tests' / 'makers'}"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def names_in(folder):
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A quick run in an otherwise empty folder."""
    from plants.bundle import build_zip

    monkeypatch.setattr(build_zip, "load_factors", tiny_runs.load_quick)
    return tiny_runs.make_quick_run(tmp_path / "runs" / "one")


def test_the_zip_holds_exactly_the_files_of_the_contest_and_their_hashes():
    with zipfile.ZipFile(tiny_runs.built() / "submission.zip") as made:
        content = {name: made.read(name) for name in made.namelist()}
    assert content.keys() == {"model.py", "metadata", "manifest.json", "SubmissionModel/saved_model.pb"}
    assert content["metadata"] == b""
    assert content["model.py"] == (REPO / "submission" / "model.py").read_bytes()
    manifest = json.loads(content.pop("manifest.json"))
    assert manifest["files"] == {name: hashlib.sha256(text).hexdigest() for name, text in content.items()}
    assert manifest["scores"] == {"validation": {"n": 20, "accuracy": 0.75}, "held_out": None}
    assert manifest["training_images"]["pixel_sha256"] == ["a" * 64, "c" * 64]


def test_the_zip_answers_like_the_trained_net_in_a_fresh_process(tmp_path):
    images = tiny_runs.photos(20)[:7]  # and each alone: the server's batch size is not ours to choose
    answers = fresh_process.labels_of(tiny_runs.built() / "submission.zip", images, tmp_path)
    expected = tiny_runs.trained(0)[2][:7].argmax(axis=1)
    for kind in fresh_process.KINDS:
        np.testing.assert_array_equal(answers[kind], expected, err_msg=kind)


@pytest.mark.rest
def test_another_process_and_folder_give_the_same_bytes_and_a_summary(tmp_path):
    shutil.copytree(tiny_runs.built() / "run", tmp_path / "runs" / "copy")
    done = in_new_process("runs/copy", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    made = (tmp_path / "submission.zip").read_bytes()
    assert made == (tiny_runs.built() / "submission.zip").read_bytes()
    assert done.stdout.splitlines() == [
        f"submission.zip  {len(made) / 1e6:.1f} MB, 1 run",
        f"sha256 {hashlib.sha256(made).hexdigest()}",
        "checked: the zip's model answers as the trained one does on real images",
        "validation accuracy 0.7500 on 20 images",
        "an2dl-2022 is closed, so score.py is its only judge; it was: the zip as it is, on CodaLab under "
        "Participate, Submit / View Results (https://codalab.lisn.upsaclay.fr/competitions/8522)",
        f"next: {sys.executable} {REPO}/score.py submission.zip --data 'my photos'",
    ]
    assert names_in(tmp_path) == {"submission.zip", "runs"}


def test_several_runs_are_averaged_whatever_their_order(run, tmp_path, capsys):
    other = tiny_runs.make_quick_run(tmp_path / "runs" / "other", scale=-0.02)
    assert in_process(run, other, "--out", tmp_path / "a.zip") == 0
    assert in_process(other, run, "--out", tmp_path / "b.zip") == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert " MB, 2 runs\n" in capsys.readouterr().out
    host = fresh_process.unpack(tmp_path / "a.zip", tmp_path / "host")
    answer = runpy.run_path(str(host / "model.py"))["Model"]().probabilities(colours("r"))
    assert answer.numpy()[0, 0] == pytest.approx((probability(0.01) + probability(-0.02)) / 2, abs=1e-6)


def test_members_beyond_one_graph_lie_in_a_folder_of_saved_models(run, tmp_path, monkeypatch):
    from plants.bundle import export

    tiny_runs.make_quick_run(run / "fold-0", scale=0.01)
    tiny_runs.make_quick_run(run / "fold-1", scale=0.02)
    files.write_json(run / "run.json", files.read_json(run / "run.json") | {"members": ["fold-0", "fold-1"]})
    monkeypatch.setattr(export, "LARGEST_GRAPH", 50)  # bytes; one net takes 48
    assert in_process(run, "--out", tmp_path / "submission.zip") == 0
    with zipfile.ZipFile(tmp_path / "submission.zip") as made:
        graphs = {name for name in made.namelist() if name.startswith("SubmissionModel/")}
    assert graphs == {"SubmissionModel/000-00/saved_model.pb", "SubmissionModel/001-00/saved_model.pb"}


def test_bad_input_ends_with_2_and_one_line_before_tensorflow_is_imported(tmp_path):
    code = "import sys, build_submission as b; r = b.commandline.run(b.main, sys.argv[1:]);"
    code += "sys.exit(r if 'tensorflow' not in sys.modules else 99)"
    done = in_new_process(tmp_path / "nowhere", cwd=tmp_path, code=code)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert "nowhere is not a run folder" in done.stderr
    assert names_in(tmp_path) == set()


def test_an_export_that_differs_from_the_trained_net_writes_no_zip(run, tmp_path, capsys):
    with np.load(run / "parity.npz") as file:
        recorded = dict(file)
    np.savez(run / "parity.npz", images=recorded["images"], probabilities=recorded["probabilities"][:, ::-1])
    (tmp_path / "submission.zip").write_bytes(b"former")
    assert in_process(run, "--out", tmp_path / "submission.zip") == 2
    assert "differ by" in capsys.readouterr().err
    assert (tmp_path / "submission.zip").read_bytes() == b"former"
    assert names_in(tmp_path) == {"submission.zip", "runs"}


def test_weights_that_were_cut_off_end_with_2_and_their_name(tmp_path, capsys):
    run = shutil.copytree(tiny_runs.built() / "run", tmp_path / "run")
    whole = (run / "best.weights.h5").read_bytes()
    (run / "best.weights.h5").write_bytes(whole[: len(whole) // 2])
    assert in_process(run, "--out", tmp_path / "submission.zip") == 2
    error = capsys.readouterr().err
    assert "best.weights.h5 does not fit the run's net (" in error and error.count("\n") == 1


def test_an_out_that_cannot_be_written_ends_with_2(run, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert in_process(run, "--out", tmp_path) == 2
    assert f"{tmp_path} is a folder; --out must name the zip" in capsys.readouterr().err
    assert in_process(run, "--out", tmp_path / "file" / "submission.zip") == 2
    assert "submission.zip: Not a directory" in capsys.readouterr().err


def test_ctrl_c_ends_with_130_and_leaves_nothing(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "copyfileobj", lambda *_: signal.raise_signal(signal.SIGINT))
    assert in_process(run, "--out", tmp_path / "submission.zip") == 130
    assert capsys.readouterr().err == "interrupted\n"
    assert names_in(tmp_path) == {"runs"}


@pytest.mark.rest
def test_a_kill_leaves_no_zip_and_the_next_build_clears_what_it_left(run, tmp_path):
    done = in_new_process(run, cwd=tmp_path, code=KILLED)
    assert done.returncode == -signal.SIGKILL
    left = {"submission.zip.partial", "submission.zip.files.partial"}
    assert names_in(tmp_path) == {"runs"} | left
    assert in_process(run, "--out", tmp_path / "submission.zip") == 0
    assert names_in(tmp_path) == {"runs", "submission.zip"}


@pytest.mark.parametrize(
    "command, expected",
    [
        (["train.py"], []),
        (["train.py", "--recipe", "smoke", "--data", "x.zip", "--seed", "1"], ["--data", "x.zip"]),
        (["train.py", "--data=a b.zip", "--set", "views=1"], ["--data", "a b.zip"]),
        (["train.py", "--contest", "an2dl-2022"], []),  # the manifest says so
        (["train.py", "--contest", "my/an2dl-2022.toml"], ["--contest", "my/an2dl-2022.toml"]),
        (["train.py", "--contest", "my/other.toml"], []),  # built for another one since
    ],
)
def test_the_data_of_the_training_is_offered_for_the_score(command, expected):
    assert build_submission.data_options({"command": command}, contests.default()) == expected


@pytest.mark.parametrize(
    "data, expected",
    [
        ("photos", "{there}/photos"),
        ("../x.zip", "{there}/../x.zip"),
        ("gone", "gone"),
        ("/photos", "/photos"),
    ],
)
def test_data_named_from_another_folder_is_offered_where_it_lies(data, expected, tmp_path, monkeypatch):
    there = tmp_path / "there"
    (there / "photos").mkdir(parents=True)
    (tmp_path / "x.zip").touch()
    record = {"command": ["train.py", "--data", data], "directory": str(there)}
    assert build_submission.data_options(record, contests.default()) == [
        "--data",
        expected.format(there=there),
    ]
    monkeypatch.chdir(there)
    assert build_submission.data_options(record, contests.default()) == ["--data", data]
