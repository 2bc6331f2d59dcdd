"""predict.py as others call it: what is written, what is said, exit codes, Ctrl-C."""

import csv
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny_runs
from PIL import Image
from processes import alive, below, wait_until
from submissions import making, run_faults
from tiny_nets import colours

import predict
from plants import commandline, files
from plants.bundle import build_zip, members
from plants.harness import profiles
from plants.runs import load_net

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder to be in."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def fast(monkeypatch):
    """Profiles without TensorFlow in the child."""
    for name, profile in profiles.PROFILES.items():
        changed = profiles.dataclasses.replace(profile, input_kind="array")
        monkeypatch.setitem(profiles.PROFILES, name, changed)


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A quick run whose classes are called after what has their colour."""
    return tiny_runs.make_quick_run(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def run(quick, monkeypatch):
    monkeypatch.setattr(load_net, "load_factors", tiny_runs.load_quick)
    return quick


@pytest.fixture
def photos(tmp_path):
    """Three photos: sky, a leaf, blood."""
    (tmp_path / "photos").mkdir()
    for number, image in enumerate(colours("bgr")):
        Image.fromarray(image).save(tmp_path / "photos" / f"{number}.png")
    return tmp_path / "photos"


def call(*arguments):
    return commandline.run(predict.main, [str(argument) for argument in arguments])


def table(path="predictions.csv"):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def names_here():
    return [path.name for path in Path.cwd().iterdir()]


def test_a_run_writes_a_line_for_each_image_and_says_so(run, photos, capsys):
    assert call(run, photos) == 0
    assert Path("predictions.csv").read_text() == "id,label\n0.png,Sky\n1.png,Leaf\n2.png,Blood\n"
    said = capsys.readouterr()
    first, second = said.out.splitlines()
    assert first.startswith("predictions.csv  3 images in ") and first.endswith(" s")
    assert (second, said.err) == ("Blood 1, Leaf 1, Sky 1", "")
    assert names_here() == ["predictions.csv"]


def test_columns_probabilities_and_place_are_as_asked_for(run, photos):
    arguments = ("--out", "new/a.csv", "--columns", "image_id,Class", "--probabilities")
    assert call(run, photos / "1.png", *arguments) == 0
    header, row = table("new/a.csv")
    assert header == ["image_id", "Class", "Blood", "Leaf", "Sky"]
    assert row[:2] == ["1.png", "Leaf"]
    # e^2.55 / (e^2.55 + 2) for the right one: see tiny_nets.
    assert [round(float(value), 4) for value in row[2:]] == [0.0675, 0.8649, 0.0675]


def test_a_run_and_its_zip_answer_alike(run, tmp_path, monkeypatch, capsys):
    folds = shutil.copytree(run, tmp_path / "folds")
    files.write_json(folds / "run.json", files.read_json(folds / "run.json") | {"members": ["0", "1"]})
    for name, scale in (("0", 0.01), ("1", 0.03)):
        tiny_runs.make_quick_run(folds / name, scale)
    monkeypatch.setattr(build_zip, "load_factors", tiny_runs.load_quick)
    build_zip.build(members.open_members([folds]), tmp_path / "submission.zip")
    colour = np.random.default_rng(0).integers(0, 256, (70, 1, 1, 3), np.uint8)  # of each image
    np.savez(tmp_path / "photos.npz", images=np.tile(colour, (1, 96, 96, 1)))
    for predictor, out in ((folds, "run.csv"), (tmp_path / "submission.zip", "zip.csv")):
        assert call(predictor, tmp_path / "photos.npz", "--probabilities", "--out", out) == 0
    by_run, by_zip = table("run.csv"), table("zip.csv")
    assert [row[:2] for row in by_run] == [row[:2] for row in by_zip]
    names = ["Blood", "Leaf", "Sky"]
    assert by_run[0] == ["id", "label", *names] == by_zip[0]
    assert [row[1] for row in by_run[1:]] == [names[label] for label in colour[:, 0, 0].argmax(axis=1)]
    numbers = [np.array([row[2:] for row in rows[1:]], float) for rows in (by_run, by_zip)]
    np.testing.assert_allclose(numbers[0], numbers[1], atol=1e-6)
    first = [np.exp(scale * colour[0, 0, 0]) for scale in (0.01, 0.03)]
    np.testing.assert_allclose(numbers[0][0], np.mean([x / x.sum() for x in first], axis=0), atol=1e-6)
    assert capsys.readouterr().err == ""


def test_a_file_that_was_there_is_replaced(run, photos):
    Path("predictions.csv").write_text("former")
    assert call(run, photos) == 0
    assert len(table()) == 4


# Bad input: nothing is written


def refused(message, *arguments, capsys):
    assert call(*arguments) == 2
    *above, last = capsys.readouterr().err.splitlines()
    assert last == f"error: {message}"
    assert names_here() == []
    return above


def test_an_image_that_cannot_be_read_is_named_and_nothing_written(run, photos, capsys):
    (photos / "a.jpg").write_text("no image")
    above = refused(
        "1 of 4 images cannot be read, see above; nothing was written: mend or remove them, or leave them "
        "out with --skip-unreadable",
        *(run, photos),
        capsys=capsys,
    )
    assert above == [
        f"{photos}: a.jpg is no image, expected one of JPEG, PNG, BMP, TIFF, WEBP; replace it or remove it"
    ]
    assert call(run, photos, "--skip-unreadable") == 0
    assert [row[0] for row in table()] == ["id", "0.png", "1.png", "2.png"]
    assert capsys.readouterr().err.splitlines() == above


def test_what_is_neither_run_nor_zip_is_told(photos, capsys):
    refused(
        "nowhere: no such file or folder; expected a run folder of train.py, or a submission zip",
        *("nowhere", photos),
        capsys=capsys,
    )
    refused(
        f"{photos} is not a run folder: no readable run.json in it; name one made by train.py",
        *(photos, photos),
        capsys=capsys,
    )


@pytest.mark.parametrize("option, value", [("--contest", "an2dl-2024"), ("--python", "python3")])
def test_what_only_a_zip_needs_is_refused_for_a_run(option, value, run, photos, capsys):
    refused(
        f"{option} does nothing with a run folder, only with a zip; leave it out",
        *(run, photos, option, value),
        capsys=capsys,
    )


def test_the_table_may_not_take_the_place_of_what_is_read_or_of_a_folder(run, photos, capsys):
    refused(
        f"--out {photos / '0.png'}: is read, and would be lost; name another file",
        *(run, photos / "0.png", "--out", photos / "0.png"),
        capsys=capsys,
    )
    refused(
        f"--out {photos}: cannot be written (it is a folder); name another file",
        *(run, photos, "--out", photos),
        capsys=capsys,
    )


def test_columns_are_checked_before_anything_is_read(run, photos, capsys):
    with pytest.raises(SystemExit) as ended:
        call(run, photos, "--columns", "id")
    assert ended.value.code == 2
    assert "--columns: got 'id', expected two names with a comma between: id,label" in capsys.readouterr().err


def test_a_class_called_as_a_column_is_refused_before_anything_is_read(run, tmp_path, capsys):
    copied = shutil.copytree(run, tmp_path / "copied")
    record = files.read_json(copied / "run.json") | {"class_names": ["id", "Leaf", "Sky"]}
    files.write_json(copied / "run.json", record)
    refused(
        "a class is called 'id', so with --probabilities two columns would be; give other names to the first "
        "two by --columns",
        *(copied, "nowhere", "--probabilities"),
        capsys=capsys,
    )


# Zips


@pytest.fixture
def classes_in_pixels(tmp_path):
    """Images whose class number stands in the first pixel: 2, 0, 1."""
    folder = tmp_path / "pixels"
    folder.mkdir()
    for number, label in enumerate((2, 0, 1)):
        image = np.full((96, 96, 3), 100, np.uint8)
        image[0, 0, 0] = label
        Image.fromarray(image).save(folder / f"{number}.png")
    return folder


def test_a_zip_answers_by_numbers_or_by_the_names_of_a_contest(fast, classes_in_pixels, tmp_path, capsys):
    path = making.good(tmp_path / "a.zip")
    assert call(path, classes_in_pixels) == 0
    assert [row[1] for row in table()] == ["label", "2", "0", "1"]
    assert "a.zip does not say what its classes are called" in capsys.readouterr().err
    assert call(path, classes_in_pixels, "--contest", "an2dl-2022") == 0
    assert [row[1] for row in table()] == ["label", "Species3", "Species1", "Species2"]
    assert capsys.readouterr().err == ""


def test_a_rejected_zip_ends_with_1_and_its_faults(fast, classes_in_pixels, tmp_path, capsys):
    path = making.good(tmp_path / "a.zip", model__py=making.MODEL.replace(making.RETURN, "1 / 0"))
    assert call(path, classes_in_pixels, "--contest", "an2dl-2022") == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("RUN01 In predict(X) (model.py, line 9): ZeroDivisionError")
    assert said[-1] == f"error: {path}: rejected for what is said above; nothing was written"
    assert names_here() == []


def test_a_zip_without_probabilities_ends_with_2(fast, classes_in_pixels, tmp_path, capsys):
    path = making.good(tmp_path / "a.zip")
    arguments = (path, classes_in_pixels, "--contest", "an2dl-2022", "--probabilities")
    refused(
        f"{path}: its class has no method probabilities(X), and predict gives classes alone: leave out "
        "--probabilities, or add the method, as zips of build_submission.py have it",
        *arguments,
        capsys=capsys,
    )


def test_a_harness_that_cannot_work_ends_with_3(fast, classes_in_pixels, tmp_path, capsys):
    arguments = (making.good(tmp_path / "a.zip"), classes_in_pixels, "--contest", "an2dl-2022")
    assert call(*arguments, "--python", "/nowhere") == 3
    said = capsys.readouterr().err
    assert said.startswith("HAR02 Harness problem, not yours: --python /nowhere: not a Python interpreter")
    assert names_here() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_with_130_and_leaves_nothing(number, classes_in_pixels, tmp_path):
    temp = tmp_path / "temp"
    temp.mkdir()
    process = subprocess.Popen(
        [sys.executable, ROOT / "predict.py", run_faults.never_ends(tmp_path / "a.zip"), classes_in_pixels],
        env={**os.environ, "TMPDIR": str(temp)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert wait_until(lambda: len(below(process.pid)) >= 2)
    pids = below(process.pid)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.splitlines()[-1]) == (130, "interrupted")
    assert "Traceback" not in errors
    assert names_here() == list(temp.iterdir()) == alive(pids) == []


def test_ctrl_c_while_a_run_answers_writes_nothing(run, photos, monkeypatch, capsys):
    def interrupt(*_):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("plants.progress.Progress.advance", interrupt)
    assert call(run, photos) == 130
    assert capsys.readouterr().err == "interrupted\n"
    assert names_here() == []


def test_bad_input_is_told_before_keras_is_imported(run, photos):
    (photos / "a.png").write_text("no image")
    code = "import sys, predict as p; r = p.commandline.run(p.main, sys.argv[1:]);"
    code += "sys.exit(r if not {'keras', 'tensorflow'} & set(sys.modules) else 99)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(run), str(photos)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2, done.stderr
