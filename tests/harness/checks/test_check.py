"""The static pass: quick, without TensorFlow, all faults at once, no rejection that a run would not give."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from judging import check, codes, told
from odd_models import ODD_MODELS
from submissions import CASES, making, model_faults

REPO = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def large_zip(tmp_path_factory):
    """150 MB in the zip: numbers that hardly shrink, in a graph, a checkpoint and an .h5 file."""
    numbers = np.random.default_rng(0).normal(size=50 << 18).astype("float32").tobytes()  # 50 MiB
    path = tmp_path_factory.mktemp("large") / "a.zip"
    graph = model_faults.graph(*["MatMul"] * 15_000)
    return making.good(
        path,
        **{
            "SubmissionModel/saved_model.pb": graph + model_faults.field(15, numbers),
            "SubmissionModel/variables/variables.index": "i",
            "SubmissionModel/variables/variables.data-00000-of-00001": numbers,
            "SubmissionModel/net.h5": numbers + np.random.default_rng(1).bytes(14 << 20),
        },
    )


@pytest.mark.rest
def test_check_of_150_megabytes_takes_less_than_2_seconds_and_no_tensorflow(large_zip):
    assert large_zip.stat().st_size > 150e6
    command = [sys.executable, "-X", "importtime", "score.py", "--check", str(large_zip)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (done.returncode, "ACCEPTED" in done.stdout) == (0, True), done.stderr[-500:]
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "numpy" in imported and not imported & {"tensorflow", "keras"}
    # Of the processor, so that a busy machine does not count; it is one process that waits for nothing.
    assert after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime < 2


def test_check_of_thousands_of_files_takes_no_longer_for_each_than_of_a_few(tmp_path):
    files = {f"package/m{number}.py": "x = 1\n" * 60 for number in range(3000)}
    files |= {f"package/l{number}.so": model_faults.ELF_HEADER for number in range(3000)}
    path = making.good(tmp_path / "a.zip", **files)
    started = time.process_time()
    assert codes(check(path)) == ["SEC09"]
    assert time.process_time() - started < 2


@pytest.mark.parametrize("name", ODD_MODELS)
def test_check_accepts_the_model_files_that_a_run_accepts(name, tmp_path):
    odd = ODD_MODELS[name]
    assert told(check(making.good(tmp_path / "a.zip", model__py=odd))) == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_check_rejects_a_bad_submission_by_its_code_or_not_at_all(case, tmp_path):
    result = check(case.build(tmp_path / "a.zip"))
    assert {fault.code for fault in result.faults if fault.rejects} <= {case.code}, told(result)


def test_each_graph_that_may_be_too_new_is_told_by_itself(tmp_path):
    """One of them may be loaded in a run and another not."""
    newer = model_faults.graph("DisableCopyOnRead")
    result = check(making.good(tmp_path / "a.zip", **{"a/saved_model.pb": newer, "b/saved_model.pb": newer}))
    assert [(fault.code, fault.file) for fault in result.faults] == [
        ("ENV02", "a/saved_model.pb"),
        ("ENV02", "b/saved_model.pb"),
    ]


def test_check_tells_faults_of_all_kinds_at_once(tmp_path):
    path = making.good(
        tmp_path / "a.zip",
        metadata=None,
        model__py="import cv2\nprint('C:/Users/me')\n\n\nclass Model:\n    def load(self, tf):\n"
        "        tf.device('/GPU:1')\n        open('/content/drive/x')\n",
        trees__pkl=model_faults.calling_pickle(),
        random__py="",
        net__h5=model_faults.keras_lambda(model_faults.BYTECODE_OF_3_11),
        **{
            "__MACOSX/x": "",
            "inner.zip": "PK\3\4",
            "a/saved_model.pb": model_faults.graph("ReadFile", "DisableCopyOnRead"),
            "SubmissionModel/variables/variables.index": "",
        },
    )
    assert codes(check(path)) == (
        "ZIP03 ZIP09 CON01 CON05 CON07 CON08 CON09 ENV01 ENV02 ENV03 ENV05 ENV06 SEC09".split()
    )


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="counts descriptors in /proc")
def test_check_leaves_no_file_open(tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    check(making.good(tmp_path / "a.zip"))
    assert len(os.listdir("/proc/self/fd")) == before
