"""The layers of isolation, one at a time, and images whose every name tells that it is theirs."""

import pytest
from submissions import making
from walls import SECRET, works

from plants.data.dataset import Dataset
from plants.sandbox import isolation
from plants.sandbox.isolation import BUBBLEWRAP, NAMESPACES


@pytest.fixture(params=[BUBBLEWRAP, NAMESPACES])
def layer(request, monkeypatch):
    """Only this layer is tried; skips where the machine does not have it."""
    if not works(request.param):
        pytest.skip(f"isolation layer missing: {request.param} does not work on this machine")
    monkeypatch.setattr(isolation, "ORDER", (request.param,))
    return request.param


@pytest.fixture
def limits_only(monkeypatch):
    monkeypatch.setattr(isolation, "ORDER", ())


@pytest.fixture
def secret_dataset(tmp_path):
    """The images of `making`, as if read from a folder whose every name holds SECRET."""
    place = tmp_path / f"{SECRET}Data"
    for number, label in enumerate(making.images_and_labels()[1]):
        folder = place / f"{SECRET}{label}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:05d}.jpg").write_text(f"{SECRET}{label}")
    images, labels = making.images_and_labels()
    names = tuple(f"{SECRET}{label}/{number:05d}.jpg" for number, label in enumerate(labels))
    classes = tuple(f"{SECRET}{label}" for label in range(3))
    return Dataset(
        images=images, labels=labels, class_names=classes, names=names, source="secret", place=place
    )
