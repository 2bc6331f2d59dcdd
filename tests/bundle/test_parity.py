"""The proof before the zip: the submission answers as the trained nets do."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from tiny_nets import colour_net, colours

from plants.bundle import parity
from plants.bundle.build_zip import MODEL_CLASS
from plants.bundle.export import export_frozen
from plants.errors import InputError

PHOTOS = colours("rgbbgrrgbrg")


def member(folder, net, images=PHOTOS):
    """A run as far as parity looks at it, with the probabilities of `net` on record."""
    folder.mkdir()
    np.savez(folder / "parity.npz", images=images, probabilities=parity.predict(net, images))
    return SimpleNamespace(path=folder)


def submission(folder, nets):
    folder.mkdir()
    shutil.copy(MODEL_CLASS, folder)
    export_frozen(nets, folder / "SubmissionModel")
    return folder


def test_a_faithful_export_of_two_runs_passes(tmp_path):
    nets = [colour_net(0.01), colour_net(0.02)]
    members = [member(tmp_path / "a", nets[0]), member(tmp_path / "b", nets[1], PHOTOS[:4])]
    parity.check(members, nets, submission(tmp_path / "host", nets))


def test_an_export_with_other_weights_is_refused(tmp_path):
    net = colour_net(0.01)
    host = submission(tmp_path / "host", [colour_net(0.010001)])
    # d/ds of e^(255 s) / (e^(255 s) + 2) is 255 p (1 - p) = 29.8, times 1e-6: 3e-5
    with pytest.raises(InputError, match="differ from the trained one's by 3e-05, expected at most 1e-05"):
        parity.check([member(tmp_path / "run", net)], [net], host)


def test_an_export_of_one_run_in_place_of_the_mean_is_refused(tmp_path):
    nets = [colour_net(0.01), colour_net(0.02)]
    members = [member(tmp_path / "a", nets[0]), member(tmp_path / "b", nets[1])]
    with pytest.raises(InputError, match="no zip was written"):
        parity.check(members, nets, submission(tmp_path / "host", nets[:1]))


def test_answers_that_are_no_numbers_are_refused(tmp_path):
    net = colour_net(0.01)
    host = submission(tmp_path / "host", [colour_net(np.nan)])
    with pytest.raises(InputError, match="differ from the trained one's by nan"):
        parity.check([member(tmp_path / "run", net)], [net], host)


def test_another_label_is_refused_even_where_the_probabilities_agree():
    expected = np.array([[0.5, 0.5 - 1e-6], [0.7, 0.3]])
    with pytest.raises(InputError, match="answers 1 of 2 images with another class"):
        parity.require_equal(expected[:, ::-1] * [[1], [0]] + expected * [[0], [1]], expected)


def test_a_class_whose_predict_is_wrong_is_refused(tmp_path):
    net = colour_net(0.01)
    host = submission(tmp_path / "host", [net])
    text = MODEL_CLASS.read_text()
    assert "tf.argmax(" in text
    (host / "model.py").write_text(text.replace("tf.argmax(", "tf.argmin("))
    with pytest.raises(InputError, match="predict does not return the most probable classes"):
        parity.check([member(tmp_path / "run", net)], [net], host)


def test_a_net_that_is_not_the_one_that_was_trained_is_refused(tmp_path):
    run = member(tmp_path / "run", colour_net(0.01))
    other = colour_net(0.02)
    with pytest.raises(InputError, match=r"run: the net built from best.weights.h5 .* recorded in training"):
        parity.check([run], [other], submission(tmp_path / "host", [other]))


def test_each_run_is_held_against_its_own_record(tmp_path):
    nets = [colour_net(0.01), colour_net(0.02)]
    members = [member(tmp_path / "a", nets[0]), member(tmp_path / "b", nets[1])]
    images, expected = parity.expect(members, nets)
    assert len(images) == 2 * len(PHOTOS)
    right = expected[np.arange(len(images)), images.mean(axis=(1, 2)).argmax(axis=1)]
    assert right == pytest.approx((0.8649 + 0.9879) / 2, abs=1e-4)  # e^2.55 / (e^2.55 + 2), e^5.1 / (...)
    with pytest.raises(InputError, match=r"/a: the net built from best.weights.h5"):
        parity.expect(members, nets[::-1])


def test_many_runs_share_the_number_of_images(tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "MOST_IMAGES", 5)
    nets = [colour_net(0.01), colour_net(0.02)]
    members = [member(tmp_path / "a", nets[0]), member(tmp_path / "b", nets[1])]
    images, _ = parity.expect(members, nets)
    np.testing.assert_array_equal(images, np.concatenate([PHOTOS[:3], PHOTOS[:3]]))


@pytest.mark.parametrize(
    "broken",
    [lambda whole: b"", lambda whole: b"no numbers", lambda whole: whole[: len(whole) // 2]],
    ids=["empty", "no npz", "half copied"],
)
def test_broken_images_are_named_with_the_remedy(tmp_path, broken):
    net = colour_net()
    run = member(tmp_path / "run", net)
    path = tmp_path / "run" / "parity.npz"
    path.write_bytes(broken(path.read_bytes()))
    with pytest.raises(InputError, match=r"run/parity.npz: missing or not readable .*; train again"):
        parity.expect([run], [net])


def test_missing_images_are_named_with_the_remedy(tmp_path):
    net = colour_net()
    run = member(tmp_path / "run", net)
    (tmp_path / "run" / "parity.npz").unlink()
    with pytest.raises(InputError, match=r"run/parity.npz: missing or not readable .*; train again"):
        parity.expect([run], [net])
