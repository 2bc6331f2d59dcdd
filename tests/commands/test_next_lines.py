"""What a command says to do next can be pasted into the shell from which it was called."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from calling import QUICK
from environments import make_environment

ROOT = Path(__file__).parents[2]
FIRST = """\
from plants import commandline
print("next: " + commandline.shell_line("second.py", "a run", "--data", "it's"))
"""
SECOND = "import os, sys\nprint(sys.argv[1:], sys.prefix, os.path.realpath(sys.argv[0]))\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A project with two commands, an environment and folders to stand in, all with blanks in their names."""
    place = tmp_path_factory.mktemp("a place") / "with blanks"
    project = place / "my project"
    shutil.copytree(ROOT / "plants", project / "plants", ignore=shutil.ignore_patterns("__pycache__"))
    (project / "first.py").write_text(FIRST)
    (project / "second.py").write_text(SECOND)
    make_environment(place / "the venv")
    (place / "elsewhere").mkdir()
    (place / "elsewhere" / "here").symlink_to("../my project")
    (place / "elsewhere" / "command.py").symlink_to("../my project/first.py")
    return place


CALLS = {
    "from the project": ("my project", "'../the venv/bin/python' first.py", "'{python}' second.py"),
    "from a folder beside it": (
        "elsewhere",
        "'../the venv/bin/python' '../my project/first.py'",
        "'{python}' '../my project/second.py'",
    ),
    "by absolute paths": (
        "elsewhere",
        "'{place}/the venv/bin/python' '{place}/my project/first.py'",
        "'{place}/the venv/bin/python' '{place}/my project/second.py'",
    ),
    "through a link to its folder": (
        "elsewhere",
        "'../the venv/bin/python' here/first.py",
        "'{python}' here/second.py",
    ),
    "by a link to the command": (
        "elsewhere",
        "'../the venv/bin/python' command.py",
        "'{python}' '{place}/my project/second.py'",
    ),
    "with what is found on PATH": (
        "elsewhere",
        "PATH='{place}/the venv/bin':$PATH; python here/first.py",
        "python here/second.py",
    ),
    "as a module": (
        "my project",
        "'../the venv/bin/python' -m first",
        "'{python}' '{place}/my project/second.py'",
    ),
    "as code": ("my project", "'../the venv/bin/python' -c 'import first'", "'{python}' second.py"),
}


@pytest.mark.parametrize("folder, call, expected", CALLS.values(), ids=CALLS)
def test_the_line_runs_where_the_command_was_called(folder, call, expected, place):
    names = {"place": place, "python": "../the venv/bin/python"}

    def in_shell(line):
        done = subprocess.run(line, shell=True, cwd=place / folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    said = in_shell(call.format_map(names)).removeprefix("next: ").strip()
    assert said == expected.format_map(names) + """ 'a run' --data 'it'"'"'s'"""
    path = f"PATH='{place}/the venv/bin':$PATH; " if "PATH" in call else ""
    script = os.path.realpath(place / "my project" / "second.py")
    told = in_shell(path + said).strip()
    assert told.startswith("""['a run', '--data', "it's"] """) and told.endswith(f"the venv {script}")


@pytest.mark.slow
def test_from_images_to_the_verdict_by_pasting_what_comes_next(class_folders, tmp_path):
    here = tmp_path / "an empty folder"
    here.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "CHALLENGE_DATA"}
    script = os.path.relpath(ROOT / "train.py", here)
    line = shlex.join([sys.executable, script, "--data", "../tiny", *QUICK, "--out", "my runs/first"])
    said = []
    for _ in range(3):
        done = subprocess.run(line, shell=True, cwd=here, env=environment, capture_output=True, text=True)
        said.append(done)
        assert done.returncode == 0, done.stdout + done.stderr
        line = (re.findall("^next: (.*)$", done.stdout, re.MULTILINE) or [""])[0]
    assert said[2].stdout.startswith("submission.zip: ACCEPTED\n")
    assert line == ""
