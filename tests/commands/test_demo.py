"""The demo on the generated sample: how long it takes and what it reaches. Nothing else may run beside it."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
PROGRAM = ["train.py", "build_submission.py", "score.py", "plants", "submission"]  # no data/ beside it
MINUTES = 4


def call(script, *arguments, cwd):
    environment = {key: value for key, value in os.environ.items() if key != "CHALLENGE_DATA"}
    subprocess.run([sys.executable, script, *arguments], cwd=cwd, env=environment, check=True)


@pytest.fixture
def checkout(tmp_path):
    """A copy of the program in a folder without the contest's data."""
    for name in PROGRAM:
        copy = shutil.copytree if (REPO / name).is_dir() else shutil.copyfile
        copy(REPO / name, tmp_path / name)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_demo_is_done_within_minutes_and_neither_trivial_nor_hopeless(seed, checkout):
    started = time.monotonic()
    call("train.py", "--seed", str(seed), cwd=checkout)
    call("build_submission.py", "runs/latest", cwd=checkout)
    call("score.py", "submission.zip", "--json", "score.json", cwd=checkout)
    seconds = time.monotonic() - started
    score = json.loads((checkout / "score.json").read_text())
    print(f"seed {seed}: {seconds:.0f} s, accuracy {score['accuracy']:.3f} on {score['n']} images")
    assert score["verdict"] == "accepted"
    assert 0.50 <= score["accuracy"] <= 0.97
    assert seconds < 60 * MINUTES
