"""benchmarks/speed.py: the page says what the record holds, and nothing begins that cannot be measured."""

import dataclasses
import importlib
import importlib.util
import re

import pytest

from benchmarks import page, speed
from plants import commandline, files
from plants.contests import contest as contests

HERE = {"machine": "2 cores", "when": "2026-02-03", "commit": "abc"}
RECORD = {
    "training": {
        **HERE,
        "seconds": 60,
        "images_per_second": {
            "128": {"kit": [70.0, 74.0, 72.0], "bare": [35.0, 74.0, 80.0]},
            "160": {"kit": [50.0, 48.04], "bare": [40.0, 48.04]},
        },
    },
    "minutes": {
        **HERE,
        "seconds": 600,
        "images": 452,
        "recipe": "quickly",
        "target": 0.8,
        "kit": [[[20.0, 0.7], [100.4, 0.81]], [[21.0, 0.8]]],
        "notebook": [[[80.0, 0.5], [410.0, 0.79]], [[90.0, 0.8]]],
    },
    "predict": {
        **HERE,
        "seconds": 90,
        "images_per_second": {"kit": [60.0, 50.0], "ONNX Runtime": [30.0, 20.0]},
        "batch": {"kit": [64, 4], "ONNX Runtime": [16, 4]},
        "largest_difference": {"kit": 0.0, "ONNX Runtime": 2.34e-6},
    },
    "growth": {
        **HERE,
        "seconds": 9,
        "images": [184, 736, 2944],
        "growth": {"split": [0.5, 2.0, 8.0]},
    },
}


def test_a_table_gives_median_smallest_and_largest():
    text = page.part_in_text("training", RECORD["training"])
    assert (
        "|  | 128 pixels | kit / this | 160 pixels | kit / this |\n| --- | --- | --- | --- | --- |\n" in text
    )
    assert "| kit | 72.0 (70.0 to 74.0) | 1.00 (1.00 to 1.00) | 49.0 (48.0 to 50.0) |" in text
    assert text.endswith("`python benchmarks/speed.py training`: 60 s on 2 cores; 2026-02-03, commit abc.")


def test_what_is_compared_is_compared_round_by_round():
    # 70 / 35, 74 / 74 and 72 / 80; 50 / 40 and 48.04 / 48.04
    row = "| bare | 74.0 (35.0 to 80.0) | 1.00 (0.90 to 2.00) | 44.0 (40.0 to 48.0) | 1.12 (1.00 to 1.25) |"
    assert row in page.part_in_text("training", RECORD["training"])


def test_each_runtime_is_told_with_the_batches_that_suited_it_and_its_difference():
    text = page.part_in_text("predict", RECORD["predict"])
    assert "| kit | 55.0 (50.0 to 60.0) | 1.00 (1.00 to 1.00) | its own | 0 |" in text
    assert "| ONNX Runtime | 25.0 (20.0 to 30.0) | 2.25 (2.00 to 2.50) | 4 16 | 2e-06 |" in text


def test_who_missed_the_target_is_said_to_have_missed_it():
    text = page.part_in_text("minutes", RECORD["minutes"])
    assert "to 0.8 on 452 validation images of the contest: the kit's recipe `quickly`" in text
    rows = [line for line in text.splitlines() if line.startswith(("| kit", "| notebook"))]
    assert rows == [
        "| kit | 0 | 100 | 2 | 0.810 |",
        "| notebook | 0 | not in 410 | 2 | 0.790 |",
        "| kit | 1 | 21 | 1 | 0.800 |",
        "| notebook | 1 | 90 | 1 | 0.800 |",
    ]


def test_growth_is_the_last_figure_over_the_middle_one():
    text = page.part_in_text("growth", RECORD["growth"])
    assert "|  | 184 images | 736 images | 2,944 images | last / middle |" in text
    assert "| split | 0.5 | 2 | 8 | 4.0 |" in text


def test_the_page_holds_the_parts_that_were_measured(tmp_path, monkeypatch):
    document, picture = tmp_path / "docs" / "speed.md", tmp_path / "docs" / "pictures" / "speed.png"
    picture.parent.mkdir(parents=True)
    monkeypatch.setattr(page, "DOCUMENT", document)
    monkeypatch.setattr(page, "PICTURE", picture)
    page.write(RECORD)
    text = document.read_text()
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## A training step",
        "## Minutes to an accuracy of 0.8",
        "## Answers",
        "## Growth",
    ]
    assert "](pictures/speed.png)" in text
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "arguments, missing, message",
    [
        (
            ["predict"],
            ["openvino"],
            "error: openvino missing, needed by predict, start, memory: pip install -r req",
        ),
        (["start", "growth"], ["tf2onnx", "onnxruntime"], "error: onnxruntime, tf2onnx missing, needed by"),
        (["minutes"], [], "error: no --data, no $CHALLENGE_DATA and nothing in data/"),
        (["minutes", "--data", "nowhere"], [], "error: nowhere: no such file or folder"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_any_work(
    arguments, missing, message, monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else name)
    monkeypatch.delenv("CHALLENGE_DATA", raising=False)
    nowhere = dataclasses.replace(contests.default(), data=(tmp_path / "none",))
    monkeypatch.setattr(contests, "default", lambda: nowhere)
    monkeypatch.setattr(speed, "PARTS", dict.fromkeys(speed.PARTS, lambda data: pytest.fail("it began")))
    assert commandline.run(speed.main, arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert error.count("\n") == 1


def test_an_unknown_part_is_wrong_usage(capsys):
    with pytest.raises(SystemExit, match="2"):
        speed.main(["speeed"])
    assert "no part 'speeed'; expected some of training, minutes, predict" in capsys.readouterr().err


def test_the_committed_page_is_that_of_the_committed_record():
    record = files.read_json(page.RECORD)
    assert sorted(record) == sorted(speed.PARTS)
    text = page.DOCUMENT.read_text(encoding="utf-8")
    assert page.PICTURE.read_bytes().startswith(b"\x89PNG")
    for name, figures in record.items():
        assert page.part_in_text(name, figures) in text


def test_the_measurements_that_run_in_a_process_of_their_own_exist():
    """They are named in text, "benchmarks.predict:speed", which no linter looks into."""
    named = {
        tuple(name.split(":"))
        for path in sorted((page.ROOT / "benchmarks").glob("*.py"))
        for name in re.findall(r'child\.call\(\s*"(benchmarks\.\w+:\w+)"', path.read_text(encoding="utf-8"))
    }
    assert len(named) >= 7
    for module, function in named:
        assert callable(getattr(importlib.import_module(module), function))
