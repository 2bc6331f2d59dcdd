"""What the harness tests share: a fast profile, and judging one zip on the images of `submissions`."""

import dataclasses

from submissions import making

from plants.harness.examples import Examples
from plants.harness.judge import judge_zip
from plants.harness.options import JudgeOptions
from plants.harness.profiles import PROFILES

# numpy arrays instead of tensors: no TensorFlow to import in the child.
CODALAB = dataclasses.replace(PROFILES["codalab-2022"], input_kind="array", time_limit_seconds=60.0)
CODABENCH = dataclasses.replace(PROFILES["codabench-2024"], input_kind="array", time_limit_seconds=60.0)
IMPATIENT = dataclasses.replace(CODALAB, time_limit_seconds=2.0)


def judge(path, profile=CODALAB, *, dataset=None, interpreter=None, **options):
    """The Verdict on all images of the dataset; `options` are further ones of JudgeOptions."""
    examples = Examples(making.dataset() if dataset is None else dataset, "all")
    return judge_zip(path, examples, JudgeOptions(profile, interpreters=(interpreter,), **options))


def check(path, profile=CODALAB):
    """The Verdict of the checks alone."""
    return judge_zip(path, None, JudgeOptions(profile))


def told(result):
    return [str(fault) for fault in result.faults]


def codes(result):
    return [fault.code for fault in result.faults]
