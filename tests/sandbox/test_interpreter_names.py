"""The same walls, and the same libraries behind them, however the interpreter is named."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
from environments import BASE, make_environment
from judging import CODALAB, codes
from submissions import making
from submissions.making import good
from walls import scored, works

from plants.harness.batch import judge_under_each
from plants.harness.examples import Examples
from plants.harness.options import JudgeOptions
from plants.harness.run import runner
from plants.sandbox import isolation, mounts
from plants.sandbox.isolation import BUBBLEWRAP, NAMESPACES
from plants.sandbox.limits import SandboxSpec

pytestmark = pytest.mark.rest

ROOT = Path(__file__).parents[2]
# Where it thinks that it is, and where it finds a library.
TELL = (
    "import importlib.util, os, sys; "
    "print([os.path.realpath(sys.prefix), getattr(importlib.util.find_spec('numpy'), 'origin', None)])"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Environments, and links of all kinds to them."""
    place = tmp_path_factory.mktemp("a place with blanks")
    (place / "here" / "deeper").mkdir(parents=True)
    first = make_environment(place / "venv")
    make_environment(place / "second venv", python="../../venv/bin/python", home=first / "bin")
    for name, text in (("one", "python"), ("two", "one"), ("three", "../bin/../bin/two")):
        (first / "bin" / name).symlink_to(text)
    (place / "base").mkdir()
    (place / "base" / "python").symlink_to(BASE)
    (place / "linked").symlink_to("here/deeper", target_is_directory=True)
    make_environment(place / "linked" / "venv", python="../../../../base/python")
    (place / "venv link").symlink_to(first)
    (place / "here" / "upwards").symlink_to("../venv link/bin")
    return place


NAMES = {
    "by its absolute path": "{place}/venv/bin/python",
    "by a path with ..": "../venv/bin/python",
    "by an absolute path with ..": "{place}/here/../here/deeper/../../venv/bin/python",
    "from its own folder": "./../venv/./bin//python",
    "by a link beside it": "../venv/bin/one",
    "by a link to a link": "../venv/bin/two",
    "by a relative link with ..": "../venv/bin/three",
    "in a folder that is a link": "../venv link/bin/python",
    "in a folder that is a link to a folder in a link": "upwards/python",
    "through a link, with a link that is told from where the folder lies": "../linked/venv/bin/python",
    "in an environment made of another": "../second venv/bin/python",
    "by its bare name": "three",
    "by a link outside of any environment": "../base/python",
}


@pytest.fixture
def here(place, monkeypatch):
    monkeypatch.chdir(place / "here")
    monkeypatch.setenv("PATH", f"{place}/venv/bin", prepend=os.pathsep)
    return place


def behind_walls(layer, interpreter, folder, *words):
    """What `interpreter *words` says behind the walls of this layer, called from "/" as children are."""
    (folder / "app" / "submission").mkdir(parents=True)
    spec = SandboxSpec(folder, folder / "app" / "submission", interpreter, CODALAB.sandbox_limits)
    command = [*isolation.wall_command(layer, spec), interpreter, *words]
    return subprocess.run(command, cwd="/", check=True, stdout=-1, text=True).stdout


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_named_with_python_it_is_the_same_behind_walls(name, here, layer, tmp_path):
    name = name.format(place=here)
    outside = subprocess.run([name, "-I", "-c", TELL], check=True, stdout=-1, text=True).stdout
    assert behind_walls(layer, runner.find_interpreter(name), tmp_path, "-I", "-c", TELL) == outside


def test_back_from_a_linked_folder_it_is_found_although_it_mistakes_its_own_path(here, layer, tmp_path):
    found = runner.find_interpreter("../linked/../deeper/venv/bin/python")
    assert found == str(here / "here" / "deeper" / "venv" / "bin" / "python")
    assert str(here / "here" / "deeper" / "venv") in behind_walls(layer, found, tmp_path, "-I", "-c", TELL)


@pytest.mark.parametrize("name", ["../venv/bin/python", "../linked/venv/bin/python", "upwards/two"])
def test_the_one_that_runs_this_is_the_same_behind_walls(name, here, layer, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", name)
    outside = subprocess.run([name, "-I", "-c", TELL], check=True, stdout=-1, text=True).stdout
    assert behind_walls(layer, runner.find_interpreter(None), tmp_path, "-I", "-c", TELL) == outside


JUDGE = """\
import pathlib, sys
sys.path[:0] = sys.argv[1:3]
from judging import judge, told
from plants.sandbox import isolation
isolation.ORDER = (sys.argv[3],)
result = judge(pathlib.Path(sys.argv[4]))
print("layer", result.isolation[0], "score", result.scores.get("accuracy"), told(result))
"""


@pytest.mark.parametrize(
    "layer, name", [(BUBBLEWRAP, "../venv/bin/python"), (NAMESPACES, "../venv link/bin/python")]
)
def test_a_zip_is_judged_behind_walls_by_an_interpreter_with_a_relative_path(layer, name, here, tmp_path):
    if not works(layer):
        pytest.skip(f"isolation layer missing: {layer} does not work on this machine")
    path = good(tmp_path / "a.zip")
    arguments = [str(ROOT / "tests" / "makers"), str(ROOT), layer, str(path)]
    done = subprocess.run([name, "-c", JUDGE, *arguments], capture_output=True, text=True, timeout=300)
    assert done.stdout == f"layer {layer} score 0.9 []\n", done.stderr


def test_each_of_a_matrix_is_behind_walls(here, layer, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(here))
    profile = dataclasses.replace(CODALAB, requires_isolation=True)
    names = ("../linked/venv/bin/python", "~/venv link/bin/python", "three")
    options = JudgeOptions(profile, interpreters=names)
    result = judge_under_each(good(tmp_path / "a.zip"), Examples(making.dataset(), "all"), options)
    assert codes(result) == []
    assert [(row.interpreter, row.accuracy) for row in result.matrix] == [(name, 0.9) for name in names]


def test_an_interpreter_in_the_folder_of_the_submission_is_not_covered(layer, tmp_path, monkeypatch):
    """As in images of a container, whose programs often lie in /app."""
    monkeypatch.setattr(mounts, "APP", str(tmp_path / "app"))
    make_environment(tmp_path / "app" / "venv")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "app" / "venv" / "bin" / "python"))
    result = scored(good(tmp_path / "a.zip"), making.dataset(), requires_isolation=True)
    assert (codes(result), result.scores["accuracy"]) == ([], 0.9)


def test_a_folder_whose_name_is_no_utf_8_is_no_hindrance(layer, tmp_path):
    folder = make_environment(tmp_path / os.fsdecode(b"caf\xe9"))
    name = runner.find_interpreter(str(folder / "bin" / "python"))
    said = behind_walls(layer, name, tmp_path / "work", "-I", "-c", "import sys; print(ascii(sys.prefix))")
    assert said == f"{ascii(str(folder))}\n"


def test_a_link_where_the_submission_would_lie_is_not_covered_either(layer, tmp_path, monkeypatch):
    """As where /app leads to another disk."""
    monkeypatch.setattr(mounts, "APP", str(tmp_path / "app"))
    make_environment(tmp_path / "disk" / "venv")
    (tmp_path / "app").symlink_to("disk")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "app" / "venv" / "bin" / "python"))
    result = scored(good(tmp_path / "a.zip"), making.dataset(), requires_isolation=True)
    assert (codes(result), result.scores["accuracy"]) == ([], 0.9)
