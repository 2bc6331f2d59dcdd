"""Ctrl-C and a kill at any point of score.py: a clear line, and nothing runs on or lies about."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from processes import alive, below, wait_until
from submissions import making
from submissions.making import RETURN, good, predicting

ROOT = Path(__file__).parents[1]
SLOW_MODEL = making.MODEL.replace("self.path = path", "import time; time.sleep(1.5)").replace(
    RETURN, "import time; time.sleep(60)"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder of 24 images in three classes."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(2)
    for name in making.CLASS_NAMES:
        (folder / name).mkdir()
        for number in range(8):
            pixels = rng.integers(0, 256, (96, 96, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture
def started(data, tmp_path):
    """Starts score.py with a temporary folder of its own; returns (process, that folder)."""
    processes = []

    def start(path):
        temporary = tmp_path / "temporary"
        temporary.mkdir(exist_ok=True)
        processes.append(
            subprocess.Popen(
                [sys.executable, str(ROOT / "score.py"), str(path), "--data", str(data)],
                env={**os.environ, "TMPDIR": str(temporary)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return processes[-1], temporary

    yield start
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0, 2.5, 6.0])
def test_an_interrupt_after_any_time_leaves_nothing_but_a_line(number, seconds, started, tmp_path):
    """Counted from when the temporary folder is first used, that is from the unpacking."""
    process, temporary = started(good(tmp_path / "a.zip", model__py=SLOW_MODEL))
    assert wait_until(lambda: list(temporary.iterdir()))
    time.sleep(seconds)
    pids = below(process.pid)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 3
    assert stderr.count("HAR02") == 1 and "interrupted" in stderr
    assert "Traceback" not in stdout + stderr
    assert list(temporary.iterdir()) == [] and alive(pids) == []


def test_an_interrupt_before_anything_is_done_leaves_nothing_either(started, tmp_path):
    process, temporary = started(good(tmp_path / "a.zip", model__py=SLOW_MODEL))
    time.sleep(0.5)  # in the imports, or just after them
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode != 0 and list(temporary.iterdir()) == []
    assert "interrupted" in stderr or "KeyboardInterrupt" in stderr  # Python's own, before ours is set


def test_impatient_interrupts_do_not_disturb_the_clearing_up(started, tmp_path):
    process, temporary = started(good(tmp_path / "a.zip", model__py=SLOW_MODEL))
    assert wait_until(lambda: len(below(process.pid)) >= 2)
    pids = below(process.pid)
    for _ in range(10):
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr.count("HAR02")) == (3, 1)
    assert list(temporary.iterdir()) == [] and alive(pids) == []


def test_a_harness_that_is_killed_takes_the_child_with_it(started, tmp_path):
    """Nothing can be said or removed then, but nothing runs on."""
    process, _ = started(good(tmp_path / "a.zip", model__py=SLOW_MODEL))
    assert wait_until(lambda: len(below(process.pid)) >= 2)
    pids = below(process.pid)
    process.kill()
    assert wait_until(lambda: not alive(pids), seconds=10)


def test_two_at_once_score_as_one_alone(started, tmp_path):
    path = predicting(tmp_path / "a.zip", "return np.arange(len(X)) * 0 + 1")
    first, second = started(path)[0], started(path)[0]
    tables = [process.communicate(timeout=300)[0] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    accuracies = [next(line for line in table.splitlines() if "accuracy" in line) for table in tables]
    assert accuracies[0] == accuracies[1]
