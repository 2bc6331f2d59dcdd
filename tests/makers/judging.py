"""What the harness tests share: a fast profile, and judging one zip on the images of `submissions`."""

import dataclasses

from submissions import making

from plants.harness import verdict
from plants.harness.examples import Examples
from plants.harness.profiles import PROFILES

# numpy arrays instead of tensors: no TensorFlow to import in the child.
CODALAB = dataclasses.replace(PROFILES["codalab-2022"], input_kind="array", time_limit_seconds=60.0)
CODABENCH = dataclasses.replace(PROFILES["codabench-2024"], input_kind="array", time_limit_seconds=60.0)
IMPATIENT = dataclasses.replace(CODALAB, time_limit_seconds=2.0)


def judge(path, profile=CODALAB, *, dataset=None, interpreter=None):
    dataset = making.dataset() if dataset is None else dataset
    return verdict.judge(path, Examples(dataset, "all"), profile=profile, interpreter=interpreter)


def told(result):
    return [str(fault) for fault in result.faults]


def codes(result):
    return [fault.code for fault in result.faults]
