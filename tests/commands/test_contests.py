"""The whole way - train, build, score, page - on data in each contest's form and for one of one's own."""

import contextlib
import functools
import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import contest_data
import numpy as np
import pytest
import single_runs
import tiny_runs
from fresh_process import clean_environment, unpack
from submissions import making

import build_submission
import score
import train
from plants import commandline, files
from plants.contests import contest as contests
from plants.data import sources
from plants.runs import run_folder

QUICK = ["--recipe", "smoke", "--set", "weights=none", "batch_size=16"]
QUICK += [f"phases.{index}.{change}" for index in (0, 1) for change in ("epochs=2", "learning_rate=0.05")]
WAYS = {
    "an2dl-2022": (contest_data.write_2022, []),  # what is meant where nothing is said
    "an2dl-2023": (contest_data.write_2023, ["--contest", "an2dl-2023"]),
    "an2dl-2024": (contest_data.write_2024, ["--contest", "an2dl-2024"]),
}
# As the template of 2024 reads a submission: from its own folder, without arguments, an array in and out.
TEMPLATE_2024 = """
import sys
import numpy as np
from model import Model

X = np.load(sys.argv[1])
answers = np.asarray(Model().predict(X))
assert isinstance(X, np.ndarray) and answers.shape == (len(X),), answers.shape
np.save(sys.argv[2], answers)
"""


class Way(NamedTuple):
    """What the three commands left, and what they said."""

    run: run_folder.Run
    zip: Path
    page: str
    record: dict
    said: str
    code: int


def call(main, *arguments):
    """(exit code, what was said) of a command in this process."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = commandline.run(main, [str(argument) for argument in arguments])
    return code, said.getvalue()


def go(folder, *options):
    """Trains, builds and scores in a folder; the score by the command that the build says is next."""
    with single_runs.quick(), contextlib.chdir(folder):
        trained, said_first = call(train.main, *options, *QUICK, "--out", "run")
        assert trained == 0, said_first
        built, said_then = call(build_submission.main, "run")
        assert built == 0, said_then
    told = said_first + said_then
    _, _, script, *asked = shlex.split(told.splitlines()[-1])  # next: python score.py ...
    assert Path(script).name == "score.py"
    with contextlib.chdir(folder):
        code, said = call(score.main, *asked, "--split", "all", "--json", "a.json", "--html", "a.html")
        assert code in (0, 1), told + said
        record, page = json.loads(Path("a.json").read_text()), Path("a.html").read_text(encoding="utf-8")
    run = run_folder.open_run(folder / "run")
    return Way(run, folder / "submission.zip", page, record, told + said, code)


@pytest.fixture(scope="module")
def without_variable():
    """No $CHALLENGE_DATA: it would beat the places that a contest names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CHALLENGE_DATA", raising=False)
        yield


@pytest.fixture(scope="module")
def way_of(tmp_path_factory, without_variable):
    """A function of a contest's name that gives its Way, gone only once."""

    @functools.cache
    def way(name):
        folder = tmp_path_factory.mktemp(name)
        if name == "meadow":  # whose file says where its images lie
            return go(folder, "--contest", contest_data.write_meadow(folder))
        write, options = WAYS[name]
        return go(folder, "--data", write(folder), *options)

    return way


def manifest_of(zip_path, folder):
    return json.loads((unpack(zip_path, folder) / "manifest.json").read_text())


@pytest.mark.rest
@pytest.mark.parametrize("name", WAYS)
def test_the_whole_way_ends_with_a_zip_that_its_server_accepts(name, way_of):
    done = way_of(name)
    assert (done.code, done.record["verdict"]) == (0, "accepted"), done.said
    assert done.record["profile"] == contests.by_name(name).profile
    assert "<html" in done.page and contests.by_name(name).classes[-1] in done.page


@pytest.mark.rest
@pytest.mark.parametrize("name", WAYS)
def test_run_and_zip_carry_the_contest_and_its_order_of_classes(name, way_of, tmp_path):
    done, contest = way_of(name), contests.by_name(name)
    manifest = manifest_of(done.zip, tmp_path)
    assert done.run.contest == contest and manifest["contest"] == contest.to_dict()
    assert done.run.class_names == tuple(manifest["class_names"]) == contest.classes
    assert [row["name"] for row in done.record["per_class"]] == list(contest.classes)
    assert manifest["image_shape"] == [96, 96, 3]


@pytest.mark.parametrize("name", WAYS)
def test_the_build_says_what_to_upload_where_or_that_there_is_nowhere_to(name, way_of):
    done = way_of(name)
    assert contests.by_name(name).links[0] in done.said
    assert ("upload: the zip as it is, on Codabench" in done.said) == (name == "an2dl-2024")
    assert (f"{name} is closed" in done.said) == (name != "an2dl-2024")


@pytest.mark.rest
def test_a_contest_of_ones_own_with_64_pixels_goes_the_whole_way(way_of, tmp_path):
    meadow = way_of("meadow")
    manifest = manifest_of(meadow.zip, tmp_path)
    assert (meadow.code, meadow.record["verdict"]) == (0, "accepted"), meadow.said
    assert (meadow.record["profile"], meadow.record["n"]) == ("codabench-2024", 30)
    assert manifest["image_shape"] == meadow.run.record["image_shape"] == [64, 64, 3]
    assert manifest["class_names"] == ["moss", "fern", "daisy"]
    assert [row["name"] for row in meadow.record["per_class"]] == ["moss", "fern", "daisy"]
    assert "upload: the zip as it is, to the meadow's own page (https://example.org/meadow)\n" in meadow.said
    assert "score.py submission.zip --contest " in meadow.said and "meadow.toml\n" in meadow.said


@pytest.mark.rest
@pytest.mark.parametrize("name", ["an2dl-2024", "meadow"])
def test_a_zip_answers_as_it_was_trained_to_where_the_template_of_2024_reads_it(name, way_of, tmp_path):
    done = way_of(name)
    recorded = run_folder.read_arrays(done.run, run_folder.PARITY)
    np.save(tmp_path / "X.npy", recorded["images"])
    answers = tmp_path / "answers.npy"
    subprocess.run(
        [sys.executable, "-c", TEMPLATE_2024, str(tmp_path / "X.npy"), str(answers)],
        cwd=unpack(done.zip, tmp_path / "submission"),
        env=clean_environment(),
        check=True,
        timeout=300,
    )
    np.testing.assert_array_equal(np.load(answers), recorded["probabilities"].argmax(axis=1))


def test_images_that_are_not_the_named_contests_are_refused_in_one_line(class_folders, tmp_path):
    out = ["--out", tmp_path / "run"]
    code, said = call(train.main, "--data", class_folders, "--contest", "an2dl-2024", *QUICK, *out)
    assert code == 2 and said.count("\n") == 1
    assert said.startswith("error: tiny: the classes are daisy, fern, moss, but those of an2dl-2024 are Baso")
    assert not (tmp_path / "run").exists()


def test_where_no_contest_was_named_other_classes_are_sorted_and_said(class_folders, tmp_path):
    with single_runs.quick():
        code, said = call(train.main, "--data", class_folders, *QUICK, "--out", tmp_path / "run")
    assert code == 0
    assert "these are not the classes of an2dl-2022, so they are numbered in sorted order: --contest" in said
    run = run_folder.open_run(tmp_path / "run")
    assert (run.class_names, run.contest) == (("daisy", "fern", "moss"), contests.default())


def test_the_sample_stands_in_for_another_contest(tiny_dataset, without_variable, monkeypatch):
    monkeypatch.setattr(sources, "generate_sample", lambda: tiny_dataset)
    found = sources.open_training_data(None, "an2dl-2024", announce=lambda line: None)
    assert (found.class_names, found.contest.name) == (("daisy", "fern", "moss"), "an2dl-2024")


@pytest.mark.parametrize(
    "options, profile",
    [
        ([], "codalab-2022"),
        (["--contest", "an2dl-2023"], "codalab-2023"),
        (["--contest", "an2dl-2024"], "codabench-2024"),
        (["--contest", "an2dl-2024", "--profile", "codalab-2022"], "codalab-2022"),
        (["--profile", "codabench-2024"], "codabench-2024"),
    ],
)
def test_the_contest_names_the_profile_and_the_profile_option_beats_it(options, profile, tmp_path):
    _, said = call(score.main, making.good(tmp_path / "a.zip"), "--check", *options)
    assert f"profile {profile}: class" in said


PROGRAMS = ["train.py", "compare.py", "search.py", "build_submission.py", "score.py"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_refuses_an_unknown_contest_in_one_line(program, tmp_path):
    arguments = {"compare.py": ["smoke"], "build_submission.py": [tmp_path], "score.py": ["a.zip"]}
    files.write_json(tmp_path / "run.json", tiny_runs.record(seed=0))
    (tmp_path / "best.weights.h5").touch()
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, root / program, *arguments.get(program, []), "--contest", "an2dl-1999"],
        cwd=tmp_path,
        env=os.environ | {"CHALLENGE_DATA": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]  # Optuna may have TensorFlow say a line of its own
    assert last.startswith("error: no contest 'an2dl-1999'; the closest is 'an2dl-20")
    assert "Traceback" not in done.stderr
