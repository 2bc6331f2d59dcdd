"""Zips whose code fails, ends or does not end."""

from unittest.mock import ANY

from submissions.making import MODEL, RETURN, bad, good, predicting

BUSY = "while True:\n    pass"


@bad(
    "RUN01",
    file="model.py",
    line=2,
    remedy="Correct the line",
    says=r"In the import of model\.py \(model\.py, line 2\): ZeroDivisionError: division by zero\.",
)
def exception_on_import(path):
    return good(path, model__py="\n1 / 0\n" + MODEL)


@bad(
    "RUN01",
    file="model.py",
    line=6,
    remedy="Correct the line",
    says=r"In model\(path\) \(model\.py, line 6\): FileNotFoundError: .*'SubmissionModel/weights\.h5'",
)
def exception_in_the_constructor(path):
    """It looks in the right place: the file is missing. The message names it as in the zip."""
    opening = "open(path + '/SubmissionModel/weights.h5')"
    return good(path, model__py=MODEL.replace("self.path = path", opening))


@bad(
    "RUN01",
    file="model.py",
    line=9,
    says=r"In predict\(X\) \(model\.py, line 9\): KeyError: 'answers'\. "
    r"X was a float32 array \(30, 4, 4, 3\)",
    remedy="Correct the line",
)
def exception_in_predict(path):
    return predicting(path, "return {}['answers']")


@bad(
    "RUN01",
    file="steps/last.py",
    line=2,
    remedy="Correct the line",
    says=r"\(steps/last\.py, line 2\): RuntimeError: too \?\[31mred two lines\.",
)
def exception_in_another_file(path):
    """With colours and a line break in its text."""
    return good(
        path,
        model__py="from steps import last\n" + MODEL.replace(RETURN, "return last.step(X)"),
        **{"steps/last.py": "def step(x):\n    raise RuntimeError('too \\x1b[31mred\\ntwo lines')\n"},
    )


@bad("RUN01", file="model.py", line=9, says="ModuleNotFoundError: not really", remedy="Correct the line")
def pretends_that_numpy_is_missing(path):
    return predicting(path, "raise ModuleNotFoundError('not really', name='numpy')")


@bad("RUN01", file="model.py", line=9, says="KeyboardInterrupt", remedy="Correct the line")
def keyboard_interrupt_of_its_own(path):
    return predicting(path, "raise KeyboardInterrupt")


@bad("RUN01", file="model.py", line=9, says="RecursionError", remedy="Correct the line")
def endless_recursion(path):
    return predicting(path, "return self.predict(X)")


@bad("RUN01", file="model.py", line=10, says=r"In predict.*SyntaxError: ", remedy="Correct the line")
def text_that_is_no_python(path):
    """The syntax of model.py itself is right."""
    return predicting(path, "import ast\nast.literal_eval('(')")


@bad("RUN01", file="model.py", line=11, says="Unspeakable: <Unspeakable>", remedy="Correct the line")
def exception_that_cannot_be_printed(path):
    return predicting(path, "class Unspeakable(Exception):\n    __str__ = None\nraise Unspeakable")


@bad(
    "RUN02",
    file="model.py",
    line=10,
    remedy="remove exit calls",
    says=r"Exited \(code 0\) in predict\(X\) before .* \(model\.py, line 10\)",
)
def sys_exit(path):
    return predicting(path, "import sys\nsys.exit(0)")


@bad(
    "RUN02",
    says=r"Exited \(code 7\) in phase predict, before returning predictions",
    remedy="remove exit calls",
)
def os_exit(path):
    return predicting(path, "import os\nos._exit(7)")


@bad(
    "RUN02",
    file="model.py",
    line=10,
    says=r"Killed by SIGSEGV in phase predict, .* \(model\.py, line 10\)",
    remedy="look at the end of the output",
)
def segmentation_fault(path):
    return predicting(path, "import ctypes\nctypes.string_at(0)")


@bad(
    "RUN02",
    says=r"Killed by SIGKILL \(the system does so for lack of memory; the peak seen was \d+ MB\)",
    remedy="look at the end",
)
def killed_from_outside(path):
    return predicting(path, "import os\nos.kill(os.getpid(), 9)")


@bad("RUN02", says="Closed or garbled the harness's channel|Exited", remedy="look at the end")
def closes_all_descriptors(path):
    return predicting(path, "import os\nos.closerange(3, 1024)\n" + "return X[:, 0, 0, 0]")


@bad(
    "RES03",
    file="model.py",
    line=ANY,
    says=r"Killed at 2 s in phase predict \(model\.py, line (9|10)\)",
    remedy="Predict in batches",
    time_limit_seconds=2.0,
)
def never_ends(path):
    return predicting(path, BUSY)


@bad(
    "RES03",
    file="model.py",
    line=ANY,
    says="Killed at 2 s in phase import",
    remedy="Predict in batches",
    time_limit_seconds=2.0,
)
def never_ends_and_will_not_be_stopped(path):
    return good(
        path,
        model__py="""\
import signal
import time

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
    signal.signal(number, signal.SIG_IGN)
while True:
    try:
        time.time()
    except BaseException:
        pass
class model: pass
""".replace("class model: pass", MODEL),
    )
