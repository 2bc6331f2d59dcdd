"""The big nets at full size: built, one step on two images, exported, asked under the old TensorFlow."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from legacy import ROUNDING, ask_legacy
from random_weights import pictures

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


@pytest.mark.slow
@pytest.mark.parametrize("recipe", PARAMETERS)
def test_a_big_net_learns_and_is_exported_at_full_size(recipe, tmp_path, legacy_python):
    record = in_a_process_of_its_own(recipe, tmp_path)
    print(f"\n{recipe}: seconds and peak GB: {record['laps']}, {record['parameters']:,} parameters")
    assert np.isfinite(record["loss"]) and record["loss"] > 0
    assert record["parameters"] == pytest.approx(PARAMETERS[recipe], rel=0.01)
    then = ask_legacy(legacy_python, tmp_path, ["net"], pictures(2))["net"]
    expected = np.load(tmp_path / "expected.npy")
    assert np.abs(expected[0] - expected[1]).max() > 0.02  # or nothing would be compared
    np.testing.assert_allclose(then, expected, atol=ROUNDING)
