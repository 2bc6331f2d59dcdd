"""The big nets at full size: built, one step on two images, exported, asked under both TensorFlows."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from legacy import ROUNDING, ask_entry, check_legacy
from random_weights import pictures

from plants.harness.profiles import PROFILES

TESTS = Path(__file__).parents[1]
PARAMETERS = {"efficientnetb7-pad": 65_600_000, "efficientnetv2l": 118_600_000, "convnext-large": 210_900_000}


def in_a_process_of_its_own(recipe, folder):
    done = subprocess.run(
        [sys.executable, TESTS / "makers" / "big_backbone.py", recipe, folder],
        env=os.environ | {"PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS / 'makers'}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module", params=PARAMETERS)
def exported(request, tmp_path_factory):
    """A recipe's name, the folder of its export, and what was measured on the way."""
    folder = tmp_path_factory.mktemp(request.param)
    yield request.param, folder, in_a_process_of_its_own(request.param, folder)
    shutil.rmtree(folder)  # up to a gigabyte


def check_answers(python, folder):
    """The unpacked submission answers as the net does, within the memory of the contest's profile."""
    answers = ask_entry(python, folder, pictures(2))
    print(f"TensorFlow {answers['version']}: peak of {answers['peak'] / 1e9:.1f} GB")
    np.testing.assert_allclose(answers["probabilities"], np.load(folder / "expected.npy"), atol=ROUNDING)
    assert answers["peak"] < PROFILES["codalab-2022"].memory_limit_bytes
    return answers


@pytest.mark.slow
def test_a_big_net_learns_and_is_exported_at_full_size(exported):
    recipe, folder, record = exported
    print(f"\n{recipe}: seconds and peak GB: {record['laps']}, {record['parameters']:,} parameters")
    assert np.isfinite(record["loss"]) and record["loss"] > 0
    assert record["parameters"] == pytest.approx(PARAMETERS[recipe], rel=0.01)
    expected = np.load(folder / "expected.npy")
    assert np.abs(expected[0] - expected[1]).max() > 0.02  # or nothing would be compared
    check_answers(sys.executable, folder)


@pytest.mark.slow
def test_a_big_net_answers_alike_under_the_tensorflow_of_the_contest(exported, legacy_python):
    _, folder, _ = exported
    check_legacy(check_answers(legacy_python, folder))
