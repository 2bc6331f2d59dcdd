"""score.py as others call it: exit codes, what goes where, the JSON file, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from processes import alive, below, wait_until
from submissions import making, output_faults, run_faults, zip_faults

import score
from plants.errors import InputError
from plants.harness import profiles
from plants.sandbox import isolation

ROOT = Path(__file__).parents[2]
# Also checks what the contract says of the first X: one TensorFlow tensor, float32, all images at once.
TENSORFLOW_MODEL = """\
import tensorflow as tf


class Model:
    is_new = True

    def __init__(self, path="."):
        pass

    def predict(self, X):
        is_right = isinstance(X, tf.Tensor) and X.dtype == tf.float32 and X.shape == (9, 96, 96, 3)
        assert is_right or not Model.is_new, X
        Model.is_new = False
        return tf.cast(X[:, 0, 0, 0], tf.int64)


model = Model
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder of 60 images in three classes; the label is the first pixel's red."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(1)
    for label, name in enumerate(making.CLASS_NAMES):
        (folder / name).mkdir()
        for number in range(20):
            pixels = rng.integers(0, 256, (96, 96, 3), np.uint8)
            pixels[0, 0, 0] = label
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture
def fast(monkeypatch):
    """Both profiles without TensorFlow in the child."""
    for name, profile in profiles.PROFILES.items():
        changed = profiles.dataclasses.replace(profile, input_kind="array")
        monkeypatch.setitem(profiles.PROFILES, name, changed)


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, ROOT / "score.py", *map(str, arguments)],
        text=True,
        capture_output=True,
        timeout=300,
        **options,
    )


def test_zip_with_a_tensorflow_model_is_scored_on_the_held_out_images(data, tmp_path):
    path = making.good(tmp_path / "a.zip", model__py=TENSORFLOW_MODEL)
    done = run(path, "--data", data, "--json", tmp_path / "a.json")
    assert done.returncode == 0, done.stderr
    assert "a.zip: ACCEPTED" in done.stdout
    assert "accuracy 1.0000 on 9 images" in done.stdout  # 15 % of 20 in each of three classes
    assert "0 Ash" in done.stdout
    record = json.loads((tmp_path / "a.json").read_text())
    assert (record["verdict"], record["n"], record["accuracy"]) == ("accepted", 9, 1.0)
    assert record["versions"].keys() == {"harness", "python", "numpy", "tensorflow", "keras"}


def test_all_takes_every_image(fast, data, tmp_path, capsys):
    path = making.good(tmp_path / "a.zip")
    assert score.main([str(path), "--data", str(data), "--split", "all"]) == 0
    assert "on 60 images" in capsys.readouterr().out


def test_an_npz_is_scored_without_the_picture_that_every_class_holds(fast, data, tmp_path, capsys):
    images = np.stack([np.asarray(Image.open(path)) for path in sorted(data.glob("*/*.png"))])
    joke = np.full((30, 96, 96, 3), 7, np.uint8)
    words = np.repeat(np.array(making.CLASS_NAMES, dtype=object), 20)
    labels = np.concatenate([words, np.tile(np.array(making.CLASS_NAMES, dtype=object), 10)])
    np.savez(tmp_path / "X.npz", data=np.concatenate([images, joke]), labels=labels[:, None])
    path = making.good(tmp_path / "a.zip")
    assert score.main([str(path), "--data", str(tmp_path / "X.npz"), "--split", "all"]) == 0
    said = capsys.readouterr()
    assert "accuracy 1.0000 on 60 images" in said.out
    assert (
        "X.npz: 1 picture is there 30 times under 3 labels (Ash/00060, Birch/00061, Cedar/00062" in said.err
    )


def test_rejected_zip_ends_with_1_and_one_line_for_each_fault(fast, data, tmp_path, capsys):
    model = making.MODEL.replace(making.RETURN, "1 / 0")
    path = making.good(tmp_path / "a.zip", metadata=None, model__py=model)
    assert score.main([str(path), "--data", str(data), "--json", str(tmp_path / "a.json")]) == 1
    said = capsys.readouterr()
    assert "a.zip: REJECTED (2 faults)" in said.out and "accuracy" not in said.out
    begun = [line.split()[0] for line in said.err.splitlines() if not line.startswith("    ")]
    assert begun == ["CON01", "RUN01", "note:", "note:"]
    record = json.loads((tmp_path / "a.json").read_text())
    assert [(fault["code"], fault["level"], fault["line"]) for fault in record["faults"]] == [
        ("CON01", "reject", None),
        ("RUN01", "reject", 9),
    ]


def test_warnings_are_told_and_end_with_0(fast, data, tmp_path, capsys):
    path = zip_faults.left_by_a_mac(tmp_path / "a.zip")
    assert score.main([str(path), "--data", str(data)]) == 0
    said = capsys.readouterr()
    assert "a.zip: ACCEPTED (1 warning)" in said.out
    assert said.err.startswith("ZIP03 W: 3 junk files")


def test_several_zips_have_their_records_under_entries(fast, data, tmp_path, capsys):
    paths = [
        making.good(tmp_path / "a.zip"),
        output_faults.returns_nothing(tmp_path / "b.zip"),
        making.good(tmp_path / "c.zip"),
    ]
    json_path = tmp_path / "all.json"
    assert score.main([*map(str, paths), "--data", str(data), "--json", str(json_path)]) == 1
    entries = json.loads(json_path.read_text())["entries"]
    assert [(entry["zip"], entry["verdict"]) for entry in entries] == [
        ("a.zip", "accepted"),
        ("b.zip", "rejected"),
        ("c.zip", "accepted"),
    ]


def test_profile_of_the_later_contest_wants_the_other_class(fast, data, tmp_path, capsys):
    path = making.good(tmp_path / "a.zip")
    assert score.main([str(path), "--data", str(data), "--profile", "codabench-2024"]) == 1
    said = capsys.readouterr()
    assert "profile codabench-2024: class Model(), Python 3.11, TensorFlow 2.17, at most 600 s" in said.out
    assert said.err.startswith("CON05 Found 'model'; this contest needs 'class Model'.")


def test_interpreter_that_is_missing_ends_with_3_and_a_whole_json(fast, data, tmp_path, capsys):
    path = making.good(tmp_path / "a.zip")
    arguments = [path, "--data", data, "--python", "no-such-python", "--json", tmp_path / "a.json"]
    assert score.main([*map(str, arguments)]) == 3
    assert "a.zip: HARNESS ERROR" in capsys.readouterr().out
    record = json.loads((tmp_path / "a.json").read_text())
    assert record["verdict"] == "harness_error"
    assert [(fault["code"], fault["level"]) for fault in record["faults"]] == [("HAR02", "harness")]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["gone.zip"], "error: gone.zip: no such file; expected a zip"),
        (["good.zip", "gone.zip", "--check"], "error: gone.zip: no such file"),
        (["good.zip", "--data", "nowhere"], "error: nowhere: no such file or folder"),
        (["good.zip", "--check", "--json", "good.zip/a.json"], "error: --json good.zip/a.json: cannot be"),
        (["good.zip", "--check", "--json", "."], "error: --json .: cannot be written (it is a folder)"),
        (["good.zip", "--check", "--json", "good.zip"], "error: --json good.zip: is read, and would be lost"),
        (
            ["good.zip", "--check", "--html", "./good.zip"],
            "error: --html good.zip: is read, and would be lost",
        ),
        (["good.zip", "--check", "--thorough"], "error: --thorough does nothing with --check, which runs no"),
        (["good.zip", "--check", "--matrix", "a,b"], "error: --matrix does nothing with --check"),
        (["good.zip", "--check", "--against", "good.zip"], "error: --against does nothing with --check"),
        (["good.zip", "--check", "--require-isolation"], "error: --require-isolation does nothing with"),
        (["good.zip", "--profile", "kaggle"], "invalid choice: 'kaggle'"),
        (["good.zip", "--split", "train"], "invalid choice: 'train'"),
        ([], "the following arguments are required: ZIP"),
    ],
)
def test_wrong_usage_and_bad_data_end_with_2_and_a_clear_line(arguments, message, tmp_path):
    making.good(tmp_path / "good.zip")
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("gone", ["stdout", "stderr"])
@pytest.mark.parametrize("metadata, code", [("", 0), ("command: x", 1)])
def test_reader_that_goes_away_does_not_disturb(gone, metadata, code, tmp_path):
    path = making.good(tmp_path / "a.zip", metadata=metadata)
    process = subprocess.Popen(
        [sys.executable, ROOT / "score.py", path, "--check", "--json", tmp_path / "a.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    getattr(process, gone).close()
    said = (process.stderr if gone == "stdout" else process.stdout).read()
    assert "Traceback" not in said and "Exception" not in said
    assert process.wait(timeout=60) == code
    assert json.loads((tmp_path / "a.json").read_text())["verdict"] == ["accepted", "rejected"][code]


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("a.txt"), os.mkfifo])
def test_json_that_would_take_the_place_of_something_else_is_refused(make, tmp_path):
    make(tmp_path / "a.json")
    path = making.good(tmp_path / "a.zip")
    with pytest.raises(InputError, match=r"--json .*a\.json: cannot be written \(it is a link or a device\)"):
        score.main([str(path), "--check", "--json", str(tmp_path / "a.json")])


@pytest.mark.parametrize("error", [ImportError("no Pillow"), MemoryError(), ZeroDivisionError("x")])
def test_crash_while_the_data_is_read_is_no_zips_fault(error, tmp_path, monkeypatch, capsys):
    def crash(*arguments):
        raise error

    monkeypatch.setattr(score, "_examples", crash)
    paths = [making.good(tmp_path / "a.zip"), making.good(tmp_path / "b.zip")]
    assert score.main([*map(str, paths), "--json", str(tmp_path / "a.json")]) == 3
    assert capsys.readouterr().err.count(f"HAR02 Harness problem, not yours: {type(error).__name__}: ") == 2
    entries = json.loads((tmp_path / "a.json").read_text())["entries"]
    assert [entry["faults"][0]["code"] for entry in entries] == ["HAR02"] * 2


def of_other_classes(path):
    manifest = {
        "format": 1,
        "class_names": ["Ash", "Oak"],
        "split": {"hash": "", "seed": 0, "holdout": 0.15},
        "training_images": {"pixel_sha256": []},
    }
    return making.good(path, manifest__json=json.dumps(manifest))


def test_zip_of_other_classes_does_not_keep_others_from_being_judged(fast, data, tmp_path, capsys):
    paths = [of_other_classes(tmp_path / "a.zip"), making.good(tmp_path / "b.zip")]
    json_path = tmp_path / "all.json"
    assert score.main([*map(str, paths), "--data", str(data), "--json", str(json_path)]) == 3
    assert "class 'Birch' is none of the zip's (Ash, Oak)" in capsys.readouterr().err
    entries = json.loads(json_path.read_text())["entries"]
    assert [entry["verdict"] for entry in entries] == ["harness_error", "accepted"]


def test_one_zip_of_other_classes_is_bad_data(fast, data, tmp_path):
    with pytest.raises(InputError, match="class 'Birch' is none of the zip's"):
        score.main([str(of_other_classes(tmp_path / "a.zip")), "--data", str(data)])


def test_each_verdict_is_said_before_the_next_zip_is_judged(tmp_path, monkeypatch, capsys):
    judge, said = score.batch.judge.judge_zip, []

    def listen(*arguments, **options):
        said.append(capsys.readouterr().out)
        return judge(*arguments, **options)

    monkeypatch.setattr(score.batch.judge, "judge_zip", listen)
    paths = [making.good(tmp_path / "a.zip"), making.good(tmp_path / "b.zip")]
    assert score.main([*map(str, paths), "--check"]) == 0
    assert said[0] == "" and said[1].startswith("a.zip: ACCEPTED")


def test_json_that_finds_no_room_after_all_ends_with_3(tmp_path, monkeypatch, capsys):
    def full(path, value):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(score.record.files, "write_json", full)
    path = making.good(tmp_path / "a.zip")
    assert score.main([str(path), "--check", "--json", str(tmp_path / "a.json")]) == 3
    assert "HAR02 Harness problem, not yours: --json" in capsys.readouterr().err


def test_check_needs_no_data_and_runs_nothing(tmp_path):
    path = making.good(tmp_path / "a.zip", model__py="1 / 0\n" + making.MODEL)
    done = run(path, "--check", "--data", "nowhere", "--json", tmp_path / "a.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((tmp_path / "a.json").read_text())["verdict"] == "accepted"


def test_required_isolation_that_is_missing_ends_with_3(data, tmp_path, capfd, monkeypatch, fast):
    monkeypatch.setattr(isolation, "ORDER", ())
    path = making.good(tmp_path / "a.zip")
    wanted = [str(path), "--data", str(data), "--json", str(tmp_path / "a.json"), "--require-isolation"]
    assert score.main(wanted) == 3
    assert "HAR02 Harness problem, not yours: isolation was required, but" in capfd.readouterr().err
    assert json.loads((tmp_path / "a.json").read_text())["verdict"] == "harness_error"
    assert score.main(wanted[:-1]) == 0
    assert "limits only" in capfd.readouterr().err


def test_check_imports_no_tensorflow_and_takes_no_second_of_cpu(tmp_path):
    path = making.good(tmp_path / "a.zip", **{"SubmissionModel/saved_model.pb": os.urandom(20 << 20)})
    script = (
        "import sys, time, score\nassert score.main(sys.argv[1:]) == 0\n"
        "print(sorted({'tensorflow', 'keras', 'sklearn', 'scipy', 'PIL'} & set(sys.modules)))\n"
        "print(time.process_time())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path, "--check"], cwd=ROOT, text=True, capture_output=True, timeout=60
    )
    *_, modules, seconds = done.stdout.splitlines()
    assert modules == "[]"
    assert float(seconds) < 1.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_a_verdict_and_nothing_else(number, data, tmp_path):
    temp = tmp_path / "temp"
    temp.mkdir()
    paths = [run_faults.never_ends(tmp_path / "a.zip"), making.good(tmp_path / "b.zip")]
    process = subprocess.Popen(
        [sys.executable, ROOT / "score.py", *paths, "--data", data, "--json", tmp_path / "a.json"],
        env={**os.environ, "TMPDIR": str(temp)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert wait_until(lambda: len(below(process.pid)) >= 2)
    pids = below(process.pid)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert errors.count("HAR02 Harness problem, not yours: interrupted.") == 2 and "Traceback" not in errors
    entries = json.loads((tmp_path / "a.json").read_text())["entries"]
    assert [entry["verdict"] for entry in entries] == ["harness_error"] * 2
    assert list(temp.iterdir()) == [] and alive(pids) == []
