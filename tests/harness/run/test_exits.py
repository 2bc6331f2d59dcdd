"""What a supervisor's report becomes: which limit, whose fault, what is said."""

import re
import signal

import pytest
from judging import CODALAB

from plants.errors import HarnessError
from plants.harness.faults import WARNING
from plants.harness.run import exits

PLACE = ("model.py", 7)
GIB = 1 << 30


@pytest.mark.parametrize(
    "report, code, said",
    [
        ({"exit": 0}, "RUN02", r"Exited \(code 0\) in phase predict, before returning predictions"),
        ({"exit": -11}, "RUN02", "Killed by SIGSEGV in phase predict"),
        ({"exit": -63}, "RUN02", "Killed by signal 63 in phase predict"),
        ({"exit": -9, "oom_kills": 0, "peak_bytes": 3 << 20}, "RUN02", "SIGKILL .*peak seen was 3 MB"),
        ({}, "RUN02", "Closed the harness's channel in phase predict"),
        (
            {"exit": -6, "why": "memory", "peak_bytes": 9 * GIB},
            "RES04",
            r"Killed at 9\.0 GB of memory in phase predict \(limit 8\.0\) \(model\.py, line 7\)",
        ),
        ({"exit": -6, "why": "cpu"}, "RES03", "Killed at 1200 s of CPU time in phase predict"),
        ({"exit": -signal.SIGXCPU}, "RES03", "Killed at 1200 s of CPU time in phase predict"),
        ({"exit": -6, "why": "tasks"}, "RES05", "Started more than 512 processes and threads"),
        ({"exit": -6, "why": "space"}, "RES06", "Wrote too much to the temporary folder in phase predict"),
        ({"exit": -6, "why": "files"}, "RES06", "Made too many temporary files in phase predict"),
    ],
)
def test_an_end_is_told_by_its_reason(report, code, said):
    found = exits.death("predict", report, CODALAB, PLACE)
    assert (found.code, found.file, found.line) == (code, *PLACE)
    assert re.search(said, found.message), found.message


def test_a_machine_with_less_memory_than_the_profile_is_not_the_zips_fault():
    report = {"exit": -9, "oom_kills": 1, "peak_bytes": 3 * GIB}
    with pytest.raises(HarnessError, match=r"ran out of memory in phase predict, at 3\.0 GB of the 8\.0 GB"):
        exits.death("predict", report, CODALAB, PLACE)


@pytest.mark.parametrize(
    "cpu_seconds, code", [(0.0, "RES02"), (2.9, "RES02"), (3.1, "RES03"), (240.0, "RES03")]
)
def test_who_computes_less_than_a_twentieth_of_the_time_is_waiting(cpu_seconds, code):
    found = exits.timeout("init", CODALAB, seconds=60.0, cpu_seconds=cpu_seconds, place=(None, None))
    assert found.code == code and (found.file, found.line) == (None, None)


@pytest.mark.parametrize("cpu_seconds, code", [(0.2, "RES02"), (0.3, "RES03")])
def test_what_python_itself_takes_is_waiting_too_where_the_limit_is_a_second(cpu_seconds, code):
    found = exits.timeout("init", CODALAB, seconds=1.0, cpu_seconds=cpu_seconds, place=(None, None))
    assert found.code == code


def note(kind, phase, what):
    return exits.Attempt(kind=kind, phase=phase, what=what, place=("model.py", 3))


@pytest.mark.parametrize(
    "noted, codes",
    [
        (note("network", "predict", "somewhere:80"), ["SEC08"]),
        (note("network", "init", "somewhere:80"), []),
        (note("lookup", "predict", "somewhere:80"), []),
        (note("download", "predict", "curl -T x somewhere"), ["SEC08"]),
        (note("download", "import", "pip install x"), []),
        (note("truth", "predict", "/reference/labels.npy"), ["SEC02"]),
        (note("truth", "import", "/app/ref/y_test.npy"), ["SEC02"]),
        (note("truth", "import", "/proc/1/environ"), ["SEC02"]),
        (note("patch", "import", "numpy.save"), ["SEC04"]),
        (note("rumour", "predict", "x"), []),
    ],
)
def test_an_attempt_counts_where_nobody_means_well(noted, codes):
    found = exits.attempts([noted, noted])
    assert [fault.code for fault in found] == codes
    assert all((fault.level == WARNING) == (fault.code == "SEC04") for fault in found)


@pytest.mark.parametrize("names, codes", [("abc", []), ("abcd", ["SEC08"])])
def test_more_than_three_names_looked_up_in_predict_are_sending(names, codes):
    noted = [note("lookup", "predict", f"{name}.example") for name in 3 * names]
    before = [note("lookup", "init", f"{name}.example") for name in "uvwxyz"]
    assert [fault.code for fault in exits.attempts(before + noted)] == codes
    other = [note("network", "predict", "else:80")]
    assert len(exits.attempts(before + noted + other)) == 1  # said once


def test_attempts_before_predict_are_noted_once():
    noted = [note("network", "init", "pool.example:443")] * 2 + [note("network", "predict", "else")]
    assert exits.notes_on_attempts(noted) == [
        "tried to reach pool.example:443 in init and went on without: the server has no internet"
    ]
    assert len(exits.notes_on_attempts(noted, failed=True)) == 2


def test_a_name_looked_up_in_predict_is_a_note():
    assert exits.notes_on_attempts([note("lookup", "predict", "pool.example")]) == [
        "tried to reach pool.example in predict and went on without: the server has no internet"
    ]


def test_several_names_are_one_note():
    noted = [note("lookup", "predict", f"{name}.example") for name in "baba"]
    assert exits.notes_on_attempts(noted) == [
        "tried to reach b.example and 1 more in predict and went on without: the server has no internet"
    ]


def test_what_is_left_is_counted_and_named():
    report = {"left": ["sleep", "python", "sleep"], "shared": ["/dev/shm/a"]}
    processes, files = exits.left_behind(report)
    assert (processes.code, files.code) == ("RES05", "SEC10")
    assert processes.message == "Left processes running (python, sleep); killed."
    assert files.message == "Left /dev/shm/a behind, which the next run could find; removed."
    assert exits.left_behind({"left": ["sleep"]})[0].message == "Left a process running (sleep); killed."
    assert exits.left_behind({"left": [], "shared": [], "why": None}) == []
