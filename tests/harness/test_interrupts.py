"""Ctrl-C and a kill at any point of score.py: a clear line, and nothing runs on or lies about."""

import json
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

ROOT = Path(__file__).parents[2]
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

    def start(path, *arguments):
        temporary = tmp_path / "temporary"
        temporary.mkdir(exist_ok=True)
        ledger = {"SCORE_LEDGER": str(tmp_path / "ledger.jsonl")}
        processes.append(
            subprocess.Popen(
                [sys.executable, ROOT / "score.py", path, "--data", data, *arguments],
                env={**os.environ, "TMPDIR": str(temporary), **ledger},
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


@pytest.mark.rest
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
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


def catches(process, number):
    """Whether the process has a handler of its own for this signal; Python has none for SIGTERM."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return int(mask, 16) >> (number - 1) & 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.1, 0.15, 0.3, 0.6])
def test_an_interrupt_in_the_imports_is_one_line_and_a_whole_record(number, seconds, started, tmp_path):
    record = tmp_path / "a.json"
    process, temporary = started(good(tmp_path / "a.zip", model__py=SLOW_MODEL), "--json", record)
    assert wait_until(lambda: catches(process, signal.SIGTERM))
    time.sleep(seconds)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    # Later than the imports, where the machine is fast, notes on the run may come before.
    told = [line for line in stderr.splitlines() if not line.startswith("note: ")]
    assert process.returncode == 3 and len(told) == 2 and told[1].startswith("    "), stderr
    assert told[0].startswith("HAR02 Harness problem, not yours: interrupted.")
    assert json.loads(record.read_text())["verdict"] == "harness_error"
    assert list(temporary.iterdir()) == []


def test_handlers_are_set_before_anything_slow_is_imported():
    """What is imported up to then is Python's own, and the module that sets them."""
    code = (
        "import runpy, sys\nfrom plants import interrupts\n"
        "def defer():\n    print(*sorted(sys.modules))\n    sys.exit(0)\n"
        "interrupts.defer = defer\nrunpy.run_path('score.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    loaded = done.stdout.split()
    ours = [name for name in loaded if name.startswith("plants")]
    assert ours == ["plants", "plants.interrupts"]
    assert not {"argparse", "numpy", "tempfile"} & set(loaded)


WRITING = """\
import os, runpy
from plants.harness.report import record
real = record.WRITERS[{option!r}]
def write(*arguments):
    os.kill(os.getpid(), {number})
    real(*arguments)
    os.kill(os.getpid(), {number})
record.WRITERS[{option!r}] = write
runpy.run_path("score.py", run_name="__main__")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("option", ["--json", "--html"])
def test_an_interrupt_while_a_file_is_written_waits_for_it(option, number, tmp_path):
    path = good(tmp_path / "a.zip")
    code = WRITING.format(option=option, number=int(number))
    arguments = [path, "--check", "--json", tmp_path / "a.json", "--html", tmp_path / "a.html"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (3, "HAR02 Harness problem, not yours: interrupted.\n")
    assert json.loads((tmp_path / "a.json").read_text())["verdict"] == "accepted"
    assert (tmp_path / "a.html").read_text().rstrip().endswith("</html>")
    assert not list(tmp_path.glob("*.partial"))


def test_the_end_of_the_terminal_is_nothing_to_a_run_that_nohup_protects(tmp_path):
    code = "import os, signal\nfrom plants import interrupts\ninterrupts.defer()\n"
    code += "with interrupts.allowed():\n    os.kill(os.getpid(), signal.SIGHUP)\nprint('goes on')"
    for protected, ending in ((["nohup"], (0, "goes on\n")), ([], (1, ""))):
        done = subprocess.run(
            [*protected, sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert (min(1, abs(done.returncode)), done.stdout) == ending, done.stderr


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


@pytest.mark.rest
def test_two_at_once_score_as_one_alone(started, tmp_path):
    path = predicting(tmp_path / "a.zip", "return np.arange(len(X)) * 0 + 1")
    (first, temporary), (second, _) = started(path), started(path)
    tables = [process.communicate(timeout=300)[0] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    accuracies = [next(line for line in table.splitlines() if "accuracy" in line) for table in tables]
    assert accuracies[0] == accuracies[1]
    entries = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    assert [entry["zip"] for entry in entries] == ["a.zip", "a.zip"]
    assert entries[0]["accuracy"] == entries[1]["accuracy"] and list(temporary.iterdir()) == []
