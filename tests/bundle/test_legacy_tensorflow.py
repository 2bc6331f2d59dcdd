"""The zip under the Python and TensorFlow of the contest's time answers as under today's."""

import zipfile

import composing
import fresh_process
import numpy as np
import pytest

pytestmark = pytest.mark.rest


@pytest.fixture(scope="module")
def trained_on_the_sample(tmp_path_factory):
    """(zip, held-out images): the smoke recipe on the generated sample, trained and built."""
    from plants.bundle import build_zip, members
    from plants.data import splits
    from plants.data.sample.generate import generate_sample
    from plants.recipes import catalog
    from plants.training.make_run import make_run
    from plants.training.plan import plan_training

    images = generate_sample()
    folder = tmp_path_factory.mktemp("sample")
    plan = plan_training(catalog.by_name("smoke"), images, folder / "run", seed=0, command=[])
    make_run(plan, say=lambda line: None)
    build_zip.build(members.open_members([folder / "run"]), folder / "submission.zip")
    return folder / "submission.zip", images.images[splits.split(images).held_out]


def test_the_zip_gives_the_same_labels_under_the_tensorflow_of_the_contest_and_todays(
    legacy_python, trained_on_the_sample, tmp_path
):
    zip_path, images = trained_on_the_sample
    today = fresh_process.labels_of(zip_path, images, tmp_path / "today")
    old = fresh_process.labels_of(zip_path, images, tmp_path / "old", python=legacy_python)
    assert str(old.pop("version")).split(".")[1] in ("8", "9", "10", "11")
    assert int(str(today.pop("version")).split(".")[1]) >= 19
    expected = today["float32 tensor"]
    assert len(expected) == 28 and len(set(expected.tolist())) > 1
    for kind in fresh_process.KINDS:
        np.testing.assert_array_equal(today[kind], expected, err_msg=kind)
        np.testing.assert_array_equal(old[kind], expected, err_msg=kind)


@pytest.mark.parametrize("limit, count", [(1_500_000_000, 1), (560, 3)])  # bytes of a graph; graphs
def test_a_composition_gives_the_same_labels_under_both_in_one_graph_and_in_several(
    legacy_python, tiny_dataset, tmp_path, monkeypatch, limit, count
):
    from plants.bundle import build_zip, export, members

    monkeypatch.setattr(export, "LARGEST_GRAPH", limit)
    with composing.quick():
        composing.train(tiny_dataset, tmp_path / "run", composing.ONE_VS_REST)
        build_zip.build(members.open_members([tmp_path / "run"]), tmp_path / "submission.zip")
    with zipfile.ZipFile(tmp_path / "submission.zip") as archive:
        assert sum(name.endswith("saved_model.pb") for name in archive.namelist()) == count
    images = tiny_dataset.images[::3]
    today = fresh_process.labels_of(tmp_path / "submission.zip", images, tmp_path / "today")
    old = fresh_process.labels_of(tmp_path / "submission.zip", images, tmp_path / "old", python=legacy_python)
    assert len(set(today["uint8 array"].tolist())) > 1
    for kind in fresh_process.KINDS:
        np.testing.assert_array_equal(old[kind], today["uint8 array"], err_msg=kind)
