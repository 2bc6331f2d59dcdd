"""What tests of the training share."""

import pytest
from trainable_net import tiny_net

from plants.nets import build


@pytest.fixture
def tiny_nets(monkeypatch):
    """Every net is `tiny_net`."""
    monkeypatch.setattr(build, "build", tiny_net)
