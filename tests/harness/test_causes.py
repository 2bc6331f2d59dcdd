"""Which cause an exception's words stand for, and when they tell of the child's interpreter instead."""

import pytest

from plants.errors import HarnessError
from plants.harness.faults import fault
from plants.harness.profiles import PROFILES
from plants.harness.run import reconcile

CODALAB, CODABENCH = PROFILES["codalab-2022"], PROFILES["codabench-2024"]
SERVERS = {"python": "3.9.18", "tensorflow": "2.9.3", "keras": "2.9.0"}
TODAYS = {"python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.0"}


class Zip:
    """As much of an Archive as is looked at."""

    files = {"SubmissionModel/weights.h5": None, "notes.txt": None}
    folders = frozenset({"SubmissionModel"})


def cause(message, versions=SERVERS, *, profile=CODALAB, suspected=(), files=Zip):
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

    class WithKerasFile(Zip):
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
    with pytest.raises(HarnessError, match=f"with {lacking} does not; name one like the server's"):
        cause(text, TODAYS)


def test_what_is_older_than_the_server_cannot_tell_that_a_model_is_too_new():
    with pytest.raises(HarnessError, match="with TensorFlow 2.9.3 does not"):
        cause("Op type not registered 'Conv' in binary", profile=CODABENCH)
    assert cause("Op type not registered 'Conv' in binary") == "ENV02"


def test_lambda_is_lost_where_the_server_has_keras_3():
    assert cause("Requested the deserialization of a `Lambda` layer", TODAYS, profile=CODABENCH) == "ENV03"


def test_other_codes_stay_as_they_are():
    found = fault("RUN02", "No such file or directory: 'notes.txt'")
    assert reconcile.with_cause(found, Zip, versions=SERVERS, profile=CODALAB) is found
