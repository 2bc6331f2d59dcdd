"""What a run makes of what the checks suspect, and which cause an exception's words stand for."""

import types

import pytest
from judging import CODABENCH, CODALAB

from plants.errors import HarnessError
from plants.harness.faults import WARNING, fault
from plants.harness.run import reconcile

MEBIBYTE = 1 << 20
NEW_GRAPH = fault("ENV02", "newer.", file="a/saved_model.pb", level=WARNING)
NEW_HELPER = fault("CON04", "newer.", file="helper.py", line=1, level=WARNING)
SUCCESS = {"start": 1.0, "import": 1.0, "init": 1.0, "predict": 1.0}


class Zip:
    files = {name: types.SimpleNamespace(file_size=1 << 20) for name in ("a/saved_model.pb", "helper.py")}
    folders = frozenset()


def reconciled(suspected, *found, python="3.9.1", tensorflow="2.9.3", timing=SUCCESS, opened=None):
    versions = {"python": python} | ({"tensorflow": tensorflow} if tensorflow else {})
    outcome = types.SimpleNamespace(faults=list(found), versions=versions, timing=timing)
    faults = reconcile.reconcile(suspected, outcome, Zip, opened=opened, profile=CODALAB)
    return [(each.code, each.level) for each in faults]


@pytest.mark.parametrize(
    "suspicion, versions, level",
    [
        (NEW_GRAPH, {"tensorflow": "2.10.0"}, "reject"),
        (NEW_GRAPH, {"tensorflow": "2.9.3"}, None),
        (NEW_GRAPH, {"tensorflow": None}, "warning"),
        (NEW_HELPER, {"python": "3.10.0"}, "reject"),
        (NEW_HELPER, {"python": "3.9.18"}, None),
    ],
)
def test_what_is_too_new_and_was_loaded_rejects_unless_the_servers_own_version_took_it(
    suspicion, versions, level
):
    everything = {"a/saved_model.pb", "helper.py"}
    expected = [(suspicion.code, level)] if level else []
    assert reconciled([suspicion], opened=everything, **versions) == expected


@pytest.mark.parametrize("suspicion", [NEW_GRAPH, NEW_HELPER])
def test_what_was_not_loaded_stays_a_warning(suspicion):
    new = {"python": "3.11.0", "tensorflow": "2.21.0"}
    assert reconciled([suspicion], opened=None, **new) == [(suspicion.code, "warning")]
    assert reconciled([suspicion], opened={"a/saved_model.pb", "helper.py"} - {suspicion.file}, **new)[0] == (
        suspicion.code,
        "warning",
    )


def test_run_speaks_for_a_code_that_was_suspected_too():
    assert reconciled([fault("ENV03", "may.", level=WARNING)], fault("ENV03", "is.")) == [("ENV03", "reject")]


def test_files_count_as_unread_only_after_a_run_that_succeeded():
    assert reconciled([], opened=set()) == [("ZIP11", "warning")]
    assert reconciled([], fault("RUN01", "failed."), opened=set()) == [("RUN01", "reject")]
    assert reconciled([], opened=None) == []


def test_slow_import_takes_the_place_of_what_stands_at_the_top_level():
    slow = SUCCESS | {"import": 21.0}
    assert reconciled([], timing=slow) == [("CON07", "warning")]
    assert reconciled([fault("CON07", "print() runs.")], timing=slow) == [("CON07", "warning")]
    assert reconciled([], timing=SUCCESS | {"import": 20.0}) == []


def archive(**sizes):
    files = {name.replace("__", "."): types.SimpleNamespace(file_size=size) for name, size in sizes.items()}
    return types.SimpleNamespace(files=files)


def test_files_that_others_read_and_small_ones_are_not_missed():
    zip_file = archive(
        metadata=MEBIBYTE, manifest__json=MEBIBYTE, helper__py=MEBIBYTE, notes__txt=MEBIBYTE - 1
    )
    assert reconcile.unread(zip_file, {"model.py"}) == []


def test_unread_files_are_counted_together():
    (found,) = reconcile.unread(archive(a__h5=MEBIBYTE, b__h5=MEBIBYTE // 2, c__h5=9 * MEBIBYTE), {"c.h5"})
    assert found.message == "1.5 MB never read, in 2 files such as 'a.h5'."
    assert (found.code, found.level, found.file) == ("ZIP11", "warning", "a.h5")


SERVERS = {"python": "3.9.18", "tensorflow": "2.9.3", "keras": "2.9.0"}
TODAYS = {"python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.0"}


class ModelZip:
    """As much of an Archive as is looked at."""

    files = {"SubmissionModel/weights.h5": None, "notes.txt": None}
    folders = frozenset({"SubmissionModel"})


def cause(message, versions=SERVERS, *, profile=CODALAB, suspected=(), files=ModelZip):
    found = fault("RUN01", message, file="model.py", line=7)
    named = reconcile.with_cause(found, files, versions=versions, profile=profile, suspected=suspected)
    assert (named.message, named.file, named.line) == (message, "model.py", 7)
    return named.code


@pytest.mark.parametrize(
    "text, code",
    [
        ("[Errno 2] No such file or directory: 'SubmissionModel/weights.h5'", "CON08"),
        ("[Errno 2] No such file or directory: './notes.txt'", "CON08"),
        (r"[Errno 2] No such file or directory: 'C:\\Users\\me\\w.h5'", "CON08"),
        ("unable to open file: name = '/content/drive/w.h5', errno = 2, error", "CON08"),
        ("No file or directory found at SubmissionModel. X was", "CON08"),
        ("SavedModel file does not exist at: SubmissionModel/{saved_model.pbtxt|saved_model.pb}", "CON08"),
        ("File not found: filepath=notes.txt. Please ensure", "CON08"),
        ("[Errno 2] No such file or directory: 'SubmissionModel/other.h5'", "RUN01"),
        ("[Errno 2] No such file or directory: '/tmp/cache.npy'", "RUN01"),
        ("Unknown layer: 'SpectralNormalization'. Please ensure", "ENV02"),
        ("Unknown layer: Custom>Scale. Please ensure", "ENV03"),
        (
            "Unknown loss function: focal. Please ensure this object is passed to the `custom_objects`",
            "ENV03",
        ),
        ("<class 'keras.Sequential'> could not be deserialized properly. Please", "ENV03"),
        ("Tensorflow has not been built with TensorRT support.", "ENV05"),
        ("The Conv2D op currently only supports the NHWC tensor format on the CPU.", "ENV05"),
        ("KeyError: 'layer'", "RUN01"),
        ("ValueError: unknown opcode", "ENV03"),
    ],
)
def test_words_of_an_exception_tell_its_cause(text, code):
    suspected = [fault("ENV03", "x.")] if "opcode" in text else []
    assert cause(text, suspected=suspected) == code


def test_file_that_is_no_hdf5_is_taken_for_a_newer_one_only_if_the_zip_has_a_keras_file():
    text = "OSError: Unable to synchronously open file (file signature not found)."

    class WithKerasFile(ModelZip):
        files = {"net.keras": None}

    assert cause(text) == "RUN01"
    assert cause(text, files=WithKerasFile) == "ENV02"


@pytest.mark.parametrize(
    "text, lacking",
    [
        ("Unknown layer: 'SlicingOpLambda'. Please ensure", "Keras 3.15.0"),
        (
            "Requested the deserialization of a `Lambda` layer whose `function` is a Python lambda",
            "Keras 3.15.0",
        ),
        ("ValueError: bad marshal data (unknown type code)", "Python 3.11.7"),
    ],
)
def test_what_only_todays_versions_refuse_is_not_the_submissions_fault(text, lacking):
    with pytest.raises(
        HarnessError, match=f"with {lacking} does not; it needs an interpreter like the server's"
    ):
        cause(text, TODAYS)


def test_what_is_older_than_the_server_cannot_tell_that_a_model_is_too_new():
    with pytest.raises(HarnessError, match="with TensorFlow 2.9.3 does not"):
        cause("Op type not registered 'Conv' in binary", profile=CODABENCH)
    assert cause("Op type not registered 'Conv' in binary") == "ENV02"


def test_lambda_is_lost_where_the_server_has_keras_3():
    assert cause("Requested the deserialization of a `Lambda` layer", TODAYS, profile=CODABENCH) == "ENV03"


def test_other_codes_stay_as_they_are():
    found = fault("RUN02", "No such file or directory: 'notes.txt'")
    assert reconcile.with_cause(found, ModelZip, versions=SERVERS, profile=CODALAB) is found
