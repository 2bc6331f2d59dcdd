"""The whole way on other systems: what Linux alone has is hidden from the commands and all they start."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from calling import QUICK, command
from PIL import Image
from submissions.making import good, predicting

pytestmark = pytest.mark.rest

ELSEWHERE = Path(__file__).parents[1] / "makers" / "elsewhere.py"


def call(guise, name, *arguments, cwd):
    done = subprocess.run(**command(ELSEWHERE, guise, name, *arguments, cwd=cwd), timeout=900)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def photos(tiny_dataset, tmp_path_factory):
    """The tiny dataset as files."""
    root = tmp_path_factory.mktemp("photos")
    for name, image in zip(tiny_dataset.names, tiny_dataset.images, strict=True):
        (root / name).parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(root / name)
    return root


@pytest.fixture(scope="module")
def built(photos, tmp_path_factory):
    """A folder with a run and its zip, both made as on Windows."""
    folder = tmp_path_factory.mktemp("windows")
    done = call("windows", "train", "--data", photos, "--out", "run", *QUICK, cwd=folder)
    assert done.returncode == 0, done.stderr
    done = call("windows", "build_submission", "run", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_windows_trains_and_builds(built):
    assert json.loads((built / "run" / "run.json").read_text())["status"] == "finished"
    with zipfile.ZipFile(built / "submission.zip") as file:
        assert "model.py" in file.namelist()
    assert not list(built.rglob(".lock"))


def test_a_zip_from_windows_is_scored_on_macos(built, photos):
    done = call("macos", "score", "submission.zip", "--data", photos, "--json", "macos.json", cwd=built)
    assert done.returncode == 0, done.stderr
    record = json.loads((built / "macos.json").read_text())
    # 15 % of 10, rounded: two of each of three classes
    assert (record["verdict"], record["n"]) == ("accepted", 6)
    assert "limits only (this system has no namespaces" in done.stdout + done.stderr
    assert record["peak_rss_mb"] > 100  # psutil has watched TensorFlow


def test_without_psutil_too_a_zip_is_scored(photos, tmp_path):
    path = predicting(tmp_path / "a.zip", "return np.zeros(len(X), int)")
    done = call("bare", "score", path, "--data", photos, "--split", "all", "--json", "a.json", cwd=tmp_path)
    record = json.loads((tmp_path / "a.json").read_text())
    assert record["accuracy"] == pytest.approx(1 / 3), done.stderr
    assert "memory and processes are not watched" in done.stdout + done.stderr


def test_windows_is_told_of_wsl_in_one_line_and_checks_all_the_same(photos, tmp_path):
    path = good(tmp_path / "a.zip")
    done = call("windows", "score", path, "--data", photos, "--split", "all", cwd=tmp_path)
    assert done.returncode == 3
    (line,) = [line for line in done.stderr.splitlines() if "WSL2" in line]
    assert line.startswith("HAR02 Harness problem, not yours: a submission is run on Linux and macOS only")
    assert call("windows", "score", path, "--check", cwd=tmp_path).returncode == 0


def test_the_ledger_is_written_without_fcntl(tmp_path):
    code = (
        "import sys\nsys.modules['fcntl'] = None\n"
        "from pathlib import Path\nfrom plants.harness import ledger\n"
        "entry = dict(zip_sha256='a', split_sha256='b', accuracy=0.5)\n"
        "print([ledger.append(Path('ledger.jsonl'), entry).scores for _ in range(2)])"
    )
    root = ELSEWHERE.parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[1, 2]\n", done.stderr
    assert done.stderr.count("no lock on ledger.jsonl") == 1 and done.stderr.count("\n") == 1
