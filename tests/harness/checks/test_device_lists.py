"""A device taken from a list of GPUs, which is empty on a CPU, is known by the code that takes it."""

import time

import pytest
from judging import codes, judge
from submissions import making
from submissions.making import MODEL, RETURN

from plants.harness.checks import device_lists

# The last line is the one that fails.
TAKES_A_GPU = [
    "tf.config.experimental.set_memory_growth(tf.config.list_physical_devices('GPU')[0], True)",
    "gpus = tf.config.list_physical_devices('GPU')\ntf.config.set_visible_devices(gpus[0], 'GPU')",
    "gpus = tf.config.experimental.list_physical_devices(device_type='GPU')\ngpu = gpus[-1]",
    "gpus: list = list_logical_devices('GPU')\nname = gpus[0].name",
    "self.gpus = sorted(tf.config.list_logical_devices('GPU'))\nself.gpus[0]",
    "if gpus := tf.config.list_physical_devices('GPU') or []:\n    pass\ngpus[0]",
    "def gpus():\n    return tf.config.list_physical_devices('GPU')\ngpus()[0]",
    "names = [d.name for d in device_lib.list_local_devices() if d.device_type == 'GPU']\nnames[0]",
    "gpus = tf.config.list_physical_devices('GPU')\ngpus.pop(0)",
    "gpus = tf.config.list_physical_devices('TPU')\nnext(iter(gpus))",
    "gpu, = tf.config.list_physical_devices('GPU')",
    "gpus = tf.config.list_physical_devices('GPU')\nassert len(gpus) > 0, 'no GPU'",
]
TAKES_SOMETHING_ELSE = [
    "X[40]",
    "gpus = tf.config.list_physical_devices('GPU')\nlabels = [1, 2]\nlabels[len(gpus) + 9]",
    "gpus = tf.config.list_physical_devices('GPU')\nX[0][gpus]",
    "cpus = tf.config.list_physical_devices('CPU')\ncpus[3]",
    "gpus = tf.config.list_physical_devices('GPU')\ngpus[:1]",
    "gpus = ['a']\ngpus[3]",
    "gpus = tf.config.list_physical_devices('GPU')\ngpus[0]\nlabels[3]",
    "(",
]
ASKS = "gpus = config.list_physical_devices('GPU')"
DEVICES = """
class config:
    @staticmethod
    def list_physical_devices(kind=None):
        return []


"""


@pytest.mark.parametrize("source", TAKES_A_GPU)
def test_device_from_a_list_of_devices_is_known(source):
    assert device_lists.are_indexed(source.encode(), len(source.splitlines()))


@pytest.mark.parametrize("source", TAKES_SOMETHING_ELSE)
def test_item_of_another_list_is_not_taken_for_a_device(source):
    assert not device_lists.are_indexed(source.encode(), len(source.splitlines()))


def test_argument_that_is_given_such_a_list_holds_one():
    source = b"def grow(devices):\n    return devices[0]\ngrow(list_physical_devices('GPU'))\n"
    assert device_lists.are_indexed(source, 2)
    assert not device_lists.are_indexed(source.replace(b"grow(list_ph", b"grow(len_ph"), 2)


@pytest.mark.parametrize("terms", [1000, 2000, 20_000])
def test_source_that_is_nested_too_deeply_is_not_followed(terms):
    source = f"gpus = list_physical_devices('GPU')\nlong = {' + '.join(['gpus'] * terms)}\ngpus[0]"
    assert not device_lists.are_indexed(source.encode(), 3)


def test_names_that_hand_a_list_on_without_end_do_not_take_without_end():
    names = "\n".join(f"a{number} = a{number + 1}" for number in range(20_000))
    started = time.monotonic()
    assert not device_lists.are_indexed(f"{names}\na20000 = list_devices()\na0[0]".encode(), 20_002)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    "model, line, code",
    [
        (DEVICES + "gpu = config.list_physical_devices('GPU')[0]\n" + MODEL, 8, "ENV05"),
        (DEVICES + MODEL.replace(RETURN, "gpu, = config.list_physical_devices('GPU')"), 16, "ENV05"),
        (DEVICES + MODEL.replace(RETURN, "return list(X)[len(X)]"), 16, "RUN01"),
        (DEVICES + MODEL.replace(RETURN, f"{ASKS}\n        return [][0]"), 17, "RUN01"),
    ],
)
def test_empty_list_of_gpus_is_env05_and_another_lists_end_is_run01(model, line, code, tmp_path):
    result = judge(making.good(tmp_path / "a.zip", model__py=model))
    assert (codes(result), result.faults[0].file, result.faults[0].line) == ([code], "model.py", line)
