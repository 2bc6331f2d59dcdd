"""What commands print to: it may go away, be full, closed or too poor in letters, and the work goes on."""

import errno
import os
import pty
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plants.streams import LastingStream

ROOT = Path(__file__).parents[1]
# Says a line, waits for the test, says many more, works on, and tells what it was opened for its work.
WORK = """\
import sys, time
from pathlib import Path
from plants import commandline, streams

def work(argv):
    folder = Path(argv[0])
    print("first")
    print("aside", file=sys.stderr)
    while not (folder / "go").exists():
        time.sleep(0.01)
    for number in range(2000):
        print("line", number, "." * 60)
    with open(folder / "done", "w") as file:
        file.write(f"{file.fileno()} {streams.were_lost()}")
    print("last")
    return 0

sys.exit(commandline.run(work, sys.argv[1:]))
"""


def start(folder, **streams):
    return subprocess.Popen([sys.executable, "-c", WORK, folder], cwd=ROOT, **streams)


def a_pipe():
    return os.pipe()


def a_terminal():
    return pty.openpty()


def a_connection():
    return (end.detach() for end in socket.socketpair())


@pytest.mark.parametrize("make", [a_pipe, a_terminal, a_connection])
@pytest.mark.parametrize("also_stderr", [False, True])
def test_work_goes_on_without_a_word_when_the_reader_goes_away(make, also_stderr, tmp_path):
    ours, theirs = make()
    process = start(tmp_path, stdout=theirs, stderr=theirs if also_stderr else subprocess.PIPE)
    os.close(theirs)
    assert os.read(ours, 5) == b"first"
    os.close(ours)
    (tmp_path / "go").touch()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, None if also_stderr else b"aside\n")
    assert (tmp_path / "done").read_text().endswith("False")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_what_is_closed_from_the_start_is_no_other_files_place(closed, tmp_path):
    (tmp_path / "go").touch()
    call = f'exec "$@" {closed}'
    done = subprocess.run(
        ["sh", "-c", call, "sh", sys.executable, "-c", WORK, tmp_path],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stderr == (b"" if "2>" in closed else b"aside\n")
    assert done.stdout[-5:] == (b"" if " >" in f" {closed}" else b"last\n")
    number, lost = (tmp_path / "done").read_text().split()
    assert int(number) > 2 and lost == "False"


def test_a_full_disk_behind_stdout_is_told_once_and_the_work_goes_on(tmp_path):
    (tmp_path / "go").touch()
    with open("/dev/full", "w") as full:
        process = start(tmp_path, stdout=full, stderr=subprocess.PIPE)
        _, err = process.communicate(timeout=60)
    said = b"note: stdout cannot be written, so lines are lost: No space left on device\naside\n"
    assert (process.returncode, err) == (0, said)
    assert (tmp_path / "done").read_text().endswith("True")


def test_a_full_disk_behind_stderr_costs_no_line_of_stdout(tmp_path):
    (tmp_path / "go").touch()
    with open("/dev/full", "w") as full:
        process = start(tmp_path, stdout=subprocess.PIPE, stderr=full)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and out.endswith(b".\nlast\n")
    assert (tmp_path / "done").read_text().endswith("True")


LINES = ["first\n", "second\n", "third\n"]


def test_lines_given_at_once_go_on_into_nothing_on_a_full_disk_which_is_told_once(capsys):
    with open("/dev/full", "w", buffering=1) as full:
        stream = LastingStream(full, "stdout")
        stream.writelines(iter(LINES))
        stream.writelines(LINES)
    assert stream.lost.errno == errno.ENOSPC
    assert capsys.readouterr().err == (
        "note: stdout cannot be written, so lines are lost: No space left on device\n"
    )


def test_lines_given_at_once_all_arrive_and_go_on_without_a_word_when_the_reader_goes_away(capsys):
    ours, theirs = os.pipe()
    with open(theirs, "w", buffering=1) as writer:
        stream = LastingStream(writer, "stdout")
        stream.writelines(line for line in LINES)
        assert os.read(ours, 100) == b"first\nsecond\nthird\n"
        os.close(ours)
        stream.writelines(LINES)
    assert stream.lost.errno == errno.EPIPE
    assert capsys.readouterr() == ("", "")


def test_a_slow_reader_of_a_pipe_that_does_not_block_gets_every_line(tmp_path):
    (tmp_path / "go").touch()
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)  # as other programs leave a pipe or terminal that they share
    process = start(tmp_path, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    process.stderr.readline()
    time.sleep(0.3)  # it is full meanwhile
    with open(ours) as reader:
        lines = reader.read().splitlines()
    assert process.wait(timeout=60) == 0
    assert lines == ["first", *(f"line {number} {60 * '.'}" for number in range(2000)), "last"]


LETTERS = r"""
import sys
from plants import commandline
text = "\u6a2b F\u00e4rn \u2018x\u2019 \udcff"
sys.exit(commandline.run(lambda _: print(text) or print(text, file=sys.stderr)))
"""


@pytest.mark.parametrize(
    "environment, expected",
    [
        ({"PYTHONIOENCODING": "latin-1"}, b"\\u6a2b F\xe4rn \\u2018x\\u2019 \\udcff"),
        ({"PYTHONIOENCODING": "ascii"}, b"\\u6a2b F\\xe4rn \\u2018x\\u2019 \\udcff"),
        ({"PYTHONIOENCODING": "cp1252:strict"}, b"\\u6a2b F\xe4rn \x91x\x92 \\udcff"),  # as on Windows
        ({"PYTHONIOENCODING": "utf-8"}, "樫 Färn ‘x’ ".encode() + b"\\udcff"),
        (
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            b"\\u6a2b F\\xe4rn \\u2018x\\u2019 \\udcff",
        ),
    ],
)
def test_letters_that_a_stream_lacks_are_replaced(environment, expected):
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG"))
    }
    done = subprocess.run(
        [sys.executable, "-c", LETTERS], cwd=ROOT, env=kept | environment, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, expected + b"\n", expected + b"\n")


IN_SUBPROCESS = """\
import sys
import subprocess_work
from plants import commandline
from plants.runs.in_subprocess import run_in_subprocess

def work(argv):
    print("first")
    for name in ("a", "b"):
        run_in_subprocess(subprocess_work.say_much, argv[0] + name, doing="saying")

if __name__ == "__main__":
    sys.exit(commandline.run(work, sys.argv[1:]))
"""


@pytest.mark.parametrize("environment", [{}, {"PYTHONIOENCODING": "ascii:strict"}])
def test_processes_that_a_command_starts_go_on_without_a_reader_too(environment, tmp_path):
    (tmp_path / "command.py").write_text(IN_SUBPROCESS)
    process = subprocess.Popen(
        [sys.executable, tmp_path / "command.py", tmp_path / "said-"],
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'makers'}"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"first\n"
    process.stdout.close()
    err = process.stderr.read()
    assert (process.wait(timeout=60), err) == (0, b"")
    for name in ("said-a", "said-b"):
        assert (tmp_path / name).read_text().endswith("done")


ONLY_PRINTING = [
    ["train.py", "--list"],
    ["train.py", "--help"],
    ["score.py", "--help"],
    ["-m", "plants.harness.faults"],
]


@pytest.mark.parametrize("call", ONLY_PRINTING, ids=" ".join)
@pytest.mark.parametrize("reader", ["head -1", "true"])
def test_a_command_that_only_prints_ends_quietly_without_a_reader(call, reader):
    script = f'"$@" | {reader}; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", script, "bash", sys.executable, *call], cwd=ROOT, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_list_that_finds_no_room_is_no_success():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "train.py", "--list"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, timeout=60
        )
    said = b"note: stdout cannot be written, so lines are lost: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, said)
