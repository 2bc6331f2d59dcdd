"""benchmarks/speed.py: the page says what the record holds, and nothing begins that cannot be measured."""

import importlib.util

import pytest

from benchmarks import page, speed
from plants import commandline

RECORD = {
    "training": {
        "machine": "2 cores",
        "seconds": 60,
        "images_per_second": {"128": {"kit": [70.0, 74.0, 72.0]}, "160": {"kit": [50.0, 48.04]}},
    },
    "minutes": {
        "machine": "2 cores",
        "seconds": 600,
        "recipe": "quickly",
        "target": 0.8,
        "kit": [[[20.0, 0.7], [100.4, 0.81]], [[21.0, 0.8]]],
        "notebook": [[[80.0, 0.5], [410.0, 0.79]]],
    },
    "growth": {
        "machine": "2 cores",
        "seconds": 9,
        "images": [184, 736, 2944],
        "growth": {"split": [0.5, 2.0, 8.0]},
    },
}


def test_a_table_gives_median_smallest_and_largest():
    text = page.part_in_text("training", RECORD["training"])
    assert "|  | 128 pixels | 160 pixels |\n| --- | --- | --- |\n" in text
    assert "| kit | 72.0 (70.0 to 74.0) | 49.0 (48.0 to 50.0) |" in text
    assert text.endswith("`python benchmarks/speed.py training`: 60 s on 2 cores.")


def test_who_missed_the_target_is_said_to_have_missed_it():
    text = page.part_in_text("minutes", RECORD["minutes"])
    assert "to 0.8 on 452 validation images of the contest: the kit's recipe `quickly`" in text
    rows = [line for line in text.splitlines() if line.startswith(("| kit", "| notebook"))]
    assert rows == [
        "| kit | 100 | 2 | 0.810 |",
        "| kit | 21 | 1 | 0.800 |",
        "| notebook | not in 410 | 2 | 0.790 |",
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
    monkeypatch.setattr("plants.data.sources.CONTEST_DATA", tmp_path / "none")
    monkeypatch.setattr(speed, "PARTS", dict.fromkeys(speed.PARTS, lambda data: pytest.fail("it began")))
    assert commandline.run(speed.main, arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert error.count("\n") == 1


def test_an_unknown_part_is_wrong_usage(capsys):
    with pytest.raises(SystemExit, match="2"):
        speed.main(["speeed"])
    assert "no part 'speeed'; expected some of training, minutes, predict" in capsys.readouterr().err
