"""The ledger: what it counts, and that neither a second writer nor a kill nor a full disk harms it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from plants.harness import ledger
from plants.harness.ledger import Looks

ROOT = Path(__file__).parents[2]


def entry(zip_sha256, accuracy, split_sha256="held-out"):
    return {"zip_sha256": zip_sha256, "split_sha256": split_sha256, "accuracy": accuracy}


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_looks_at_one_split_are_counted_by_score_and_by_zip(tmp_path):
    path = tmp_path / "new" / "ledger.jsonl"
    assert ledger.append(path, entry("a", 0.8)) == Looks(scores=1, zips=1, best=0.8)
    assert ledger.append(path, entry("b", 0.9)) == Looks(scores=2, zips=2, best=0.9)
    assert ledger.append(path, entry("c", 0.99, "all")) == Looks(scores=1, zips=1, best=0.99)
    assert ledger.append(path, entry("a", 0.8)) == Looks(scores=3, zips=2, best=0.9)
    assert [line["zip_sha256"] for line in lines(path)] == ["a", "b", "c", "a"]
    assert all(line["when"].endswith("+00:00") for line in lines(path))


def test_what_was_written_before_stays_byte_for_byte(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger.append(path, entry("a", 0.8))
    before = path.read_bytes()
    ledger.append(path, entry("b", 0.9))
    assert path.read_bytes().startswith(before)


@pytest.mark.parametrize(
    "left", [b'{"zip_sha256": "x", "spl', b"[]\n", b'{"accuracy": null}\n', b"\xff\xfe\n"]
)
def test_half_a_line_or_a_foreign_one_is_left_alone_and_not_counted(left, tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(left)
    assert ledger.append(path, entry("a", 0.8)) == Looks(scores=1, zips=1, best=0.8)
    assert ledger.append(path, entry("b", 0.7)) == Looks(scores=2, zips=2, best=0.8)
    assert path.read_bytes().startswith(left)


def test_two_writers_at_once_lose_no_line(tmp_path):
    path = tmp_path / "ledger.jsonl"
    code = (
        "import pathlib, sys\nfrom plants.harness import ledger\npath = pathlib.Path(sys.argv[1])\n"
        "for number in range(100):\n"
        "    ledger.append(path, {'zip_sha256': sys.argv[2] + str(number), 'split_sha256': 's',\n"
        "                         'accuracy': 0.5, 'padding': 'x' * 10_000})\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, path, name], cwd=ROOT) for name in "ab"]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    found = [line["zip_sha256"] for line in lines(path)]
    assert sorted(found) == sorted(f"{name}{number}" for name in "ab" for number in range(100))
    assert ledger.append(path, entry("c", 0.5, "s")) == Looks(scores=201, zips=201, best=0.5)


def test_full_disk_leaves_the_ledger_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "ledger.jsonl"
    ledger.append(path, entry("a", 0.8))
    before = path.read_bytes()

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ledger.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        ledger.append(path, entry("b", 0.9))
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert ledger.append(path, entry("c", 0.7)) == Looks(scores=2, zips=2, best=0.8)


def test_place_is_the_variables_else_beside_the_code(tmp_path, monkeypatch):
    monkeypatch.setenv("SCORE_LEDGER", str(tmp_path / "mine.jsonl"))
    assert ledger.default_path() == tmp_path / "mine.jsonl"
    monkeypatch.delenv("SCORE_LEDGER")
    assert ledger.default_path() == ROOT / "runs" / "ledger.jsonl"
