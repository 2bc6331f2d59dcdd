"""A full disk where score.py writes: the verdict is given all the same, and no half file is left."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from judging import CODALAB
from submissions import making

import score
from plants.harness import batch
from plants.harness.examples import Examples
from plants.harness.options import JudgeOptions

ROOT = Path(__file__).parents[2]
PAGE = 4096  # bytes; what a file system in memory gives a file at a time


@pytest.fixture
def small(tmp_path):
    """A folder of 256 KB, on a file system of its own."""
    if os.getuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]).returncode != 0:
        pytest.skip("this root cannot mount a small file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(folder, free=0):
    """Leaves `free` pages."""
    with open(folder / "ballast", "wb", buffering=0) as file:
        while True:
            try:
                file.write(bytes(PAGE))
            except OSError:
                break
        file.truncate(file.tell() - free * PAGE)


@pytest.mark.parametrize(
    "full, other, free", [("--json", "--html", 0), ("--html", "--json", 0), ("--html", "--json", 1)]
)
def test_what_finds_no_room_keeps_nothing_else_from_being_written(full, other, free, small, tmp_path, capsys):
    path = making.good(tmp_path / "a.zip")
    (small / "a").write_text("of an earlier run")
    fill(small, free)
    assert score.main([str(path), "--check", full, str(small / "a"), other, str(tmp_path / "a")]) == 3
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith(f"HAR02 Harness problem, not yours: {full} ") and "No space left on device" in line
    assert (small / "a").read_text() == "of an earlier run"
    assert (tmp_path / "a").stat().st_size > 0
    assert sorted(file.name for file in small.iterdir()) == ["a", "ballast"]


def test_table_that_finds_no_room_costs_no_verdict_and_is_no_success(tmp_path):
    arguments = [making.good(tmp_path / f"{name}.zip") for name in "ab"]
    arguments += ["--check", "--json", tmp_path / "all.json"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, ROOT / "score.py", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    said = "note: stdout cannot be written, so lines are lost: No space left on device\n"
    assert (done.returncode, done.stderr) == (3, said)
    entries = json.loads((tmp_path / "all.json").read_text())["entries"]
    assert [entry["verdict"] for entry in entries] == ["accepted"] * 2


def test_faults_that_find_no_room_are_no_success(tmp_path):
    path = making.good(tmp_path / "a.zip", metadata=None)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, ROOT / "score.py", path, "--check"],
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            timeout=60,
        )
    assert done.returncode == 3 and done.stdout.startswith("a.zip: REJECTED (1 fault)")


def test_a_reader_that_has_seen_enough_is_no_problem(tmp_path):
    path = making.good(tmp_path / "a.zip", metadata=None)
    script = '"$@" | head -1; exit "${PIPESTATUS[0]}"'
    call = [sys.executable, ROOT / "score.py", path, path, "--check"]
    done = subprocess.run(["bash", "-c", script, "bash", *call], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "a.zip: REJECTED (1 fault)\n")
    assert done.stderr.count("CON01") == 2 and "Traceback" not in done.stderr


def test_ledger_that_finds_no_room_is_left_as_it_was(small, tmp_path, capsys):
    ledger = small / "ledger.jsonl"
    before = b"x" * (PAGE - 11) + b"\n"  # so that the beginning of a line would fit
    ledger.write_bytes(before)
    fill(small)
    examples = Examples(making.dataset(), "all")
    paths = [making.good(tmp_path / "a.zip")]
    (result,) = batch.judge_all(paths, lambda: examples, JudgeOptions(CODALAB, ledger=ledger))
    assert (result.verdict, result.scores["accuracy"], result.ledger) == ("accepted", 0.9, None)
    assert "note: the ledger was not written: " in capsys.readouterr().err
    assert ledger.read_bytes() == before
