"""One child, asked many times: kinds of input, new instances, changes of X."""

import contextlib
import sys
import zipfile

import numpy as np
import pytest
from judging import CODALAB
from submissions import making
from submissions.making import predicting

from plants.harness.run import runner
from plants.harness.run.session import Failed

IMAGES, _ = making.images_and_labels()
ANSWERS = IMAGES[:, 0, 0, 0].tolist()


@contextlib.contextmanager
def session_of(tmp_path, path):
    """A loaded Session of the zip at `path`."""
    with zipfile.ZipFile(path) as file:
        file.extractall(tmp_path / "submission")
    with runner.isolated(tmp_path.resolve(), 3, profile=CODALAB, interpreter=sys.executable) as session:
        session.load()
        yield session


def test_each_prediction_has_its_labels_its_time_and_its_memory(tmp_path):
    path = predicting(tmp_path / "a.zip", "import time\ntime.sleep(0.2)\n" + making.RETURN)
    with session_of(tmp_path, path) as session:
        for count in (30, 1, 7):
            prediction = session.predict(IMAGES[:count])
            assert prediction.labels.tolist() == ANSWERS[:count]
            assert 0.2 <= prediction.seconds < 5 and prediction.rss_bytes > 10 << 20
            assert prediction.changed == ""


def test_a_child_that_stops_its_clocks_does_not_change_the_time_that_is_measured(tmp_path):
    stopped = (
        "import time\nwait = time.sleep\ntime.monotonic = time.perf_counter = time.time = lambda: 0.001\n"
    )
    path = making.good(
        tmp_path / "a.zip",
        model__py=stopped + making.MODEL.replace(making.RETURN, f"wait(0.3)\n        {making.RETURN}"),
    )
    with session_of(tmp_path, path) as session:
        prediction = session.predict(IMAGES)
        assert 0.3 <= prediction.seconds < 10 and prediction.seconds == session.timing["predict"]


def test_memory_is_known_though_the_child_says_that_it_holds_none(tmp_path):
    """The word of the child is patched away; the peak is what the supervisor saw from outside."""
    body = (
        """\
import sys, time
sys.modules['__main__'].system.resident_bytes = lambda: 1
self.kept = np.ones(100 << 20, np.uint8)
time.sleep(0.5)
"""
        + making.RETURN
    )
    with session_of(tmp_path, predicting(tmp_path / "a.zip", body)) as session:
        prediction = session.predict(IMAGES)
        assert prediction.rss_bytes == 1 and prediction.peak_rss_bytes > 100 << 20


@pytest.mark.parametrize("dtype", ["float32", "uint8", "float64"])
def test_x_has_the_type_that_is_asked_for_and_the_same_values(dtype, tmp_path):
    body = f"assert type(X) is np.ndarray and X.dtype == '{dtype}' and X.max() == 100\n{making.RETURN}"
    with session_of(tmp_path, predicting(tmp_path / "a.zip", body)) as session:
        assert session.predict(IMAGES, kind="array", dtype=dtype).labels.tolist() == ANSWERS


@pytest.mark.parametrize(
    "statement, change",
    [
        ("X /= 100", "from 0..100 to 0..1"),
        ("X[:] = X[..., ::-1]", "other values in the same range"),
        ("X.shape = (len(X), -1)", "float32 (30, 4, 4, 3) -> float32 (30, 48)"),
        ("X = X / 100", ""),
    ],
)
def test_a_changed_x_is_told(statement, change, tmp_path):
    path = predicting(tmp_path / "a.zip", f"{statement}\nreturn np.zeros(len(X), int)")
    with session_of(tmp_path, path) as session:
        assert session.predict(IMAGES, kind="array").changed == change


def test_an_instance_keeps_its_state_until_it_is_renewed(tmp_path):
    body = "self.calls = getattr(self, 'calls', -1) + 1\nreturn np.full(len(X), self.calls)"
    with session_of(tmp_path, predicting(tmp_path / "a.zip", body)) as session:
        assert [session.predict(IMAGES[:1]).labels[0] for _ in range(3)] == [0, 1, 2]
        session.renew()
        assert session.predict(IMAGES[:1]).labels[0] == 0


def test_an_instance_is_gone_before_the_next_is_made(tmp_path):
    made = "import weakref\nmade = []\n"
    alone = ["assert not any(each() for each in made)", "made.append(weakref.ref(self))", "self.path = path"]
    model = made + making.MODEL.replace("self.path = path", "\n        ".join(alone))
    with session_of(tmp_path, making.good(tmp_path / "a.zip", model__py=model)) as session:
        for _ in range(2):
            session.renew()
        assert session.predict(IMAGES).labels.tolist() == ANSWERS


def test_after_a_failure_the_same_child_can_be_asked_again(tmp_path):
    body = "assert len(X) > 1, 'too few'\n" + making.RETURN
    with session_of(tmp_path, predicting(tmp_path / "a.zip", body)) as session:
        with pytest.raises(Failed, match=r"RUN01 .*AssertionError: too few.*\(1, 4, 4, 3\)"):
            session.predict(IMAGES[:1])
        assert session.predict(IMAGES).labels.tolist() == ANSWERS


def test_more_than_a_sockets_buffer_of_images_arrives_whole(tmp_path):
    images = np.zeros((400, 96, 96, 3), np.uint8)
    images[:, 0, 0, 0] = np.arange(400) % 3
    with session_of(tmp_path, making.good(tmp_path / "a.zip")) as session:
        np.testing.assert_array_equal(session.predict(images).labels, np.arange(400) % 3)


def test_the_order_by_content_does_not_depend_on_the_order_given():
    shuffled = np.random.default_rng(0).permutation(len(IMAGES))
    first, second = runner.order_by_content(IMAGES), runner.order_by_content(IMAGES[shuffled])
    np.testing.assert_array_equal(IMAGES[first], IMAGES[shuffled][second])
    assert first.tolist() != list(range(30)) and sorted(first) == list(range(30))
