"""The study of near-copies: its plants, its lookalikes, its document."""

import json

import numpy as np
import pytest

from plants.data import fingerprints
from studies.near_copies import __main__ as command
from studies.near_copies import before, document, lookalikes, measuring, planting


@pytest.mark.parametrize("kind", lookalikes.KINDS)
def test_the_same_seed_draws_the_same_pictures_none_twice(kind):
    drawn = lookalikes.pictures(kind, 6)
    np.testing.assert_array_equal(drawn, lookalikes.pictures(kind, 6))
    assert (drawn.shape, drawn.dtype) == ((6, 96, 96, 3), np.uint8)
    assert len({fingerprints.pixel_sha256(picture) for picture in drawn}) == 6


@pytest.mark.parametrize("plant", planting.PLANTS.values(), ids=planting.PLANTS)
def test_a_planted_copy_is_another_picture_of_the_same_shape(plant):
    (picture,) = lookalikes.pictures("photo", 1)
    copy = plant(picture, np.random.default_rng(0))
    assert (copy.shape, copy.dtype) == (picture.shape, np.uint8)
    assert not np.array_equal(copy, picture)


def test_pairs_that_share_a_group_are_counted():
    assert measuring.merged_pairs(np.array([0, 1, 0, 0, 1, 2])) == 4  # 3 of three, 1 of two


def test_the_rule_that_went_before_merged_chains():
    photo = lookalikes.pictures("photo", 1)[0] // 2 + 40
    chain = np.stack([photo, photo + 30, photo + 60])
    hashes = [fingerprints.perceptual_hash(picture) for picture in chain]
    assert before.near_duplicate_groups(chain[[0, 2]], [hashes[0], hashes[2]]).tolist() == [0, 1]
    assert before.near_duplicate_groups(chain, hashes).tolist() == [0, 0, 0]


def test_a_kind_is_measured_by_both_rules(monkeypatch):
    monkeypatch.setattr(measuring, "PLANTED", 4)
    measured = measuring.measure(lookalikes.pictures("photo", 12))
    assert (measured["pictures"], measured["pairs"], measured["merged"], measured["largest"]) == (
        12,
        66,
        0,
        1,
    )
    assert measured["planted"]["recompressed"]["found"] == measured["planted"]["recompressed"]["copies"] == 4
    assert json.loads(json.dumps(measured)) == measured


def test_the_document_is_that_of_the_record_and_the_record_keeps_the_promise():
    record = json.loads(document.RECORD.read_text(encoding="utf-8"))
    assert document.render(record) == document.PATH.read_text(encoding="utf-8")
    for name, kind in record["kinds"].items():
        if name == "contest":  # it has near-copies
            continue
        assert kind["merged"] <= kind["pairs"] / 10_000, name
        found = sum(plant["found"] for plant in kind["planted"].values())
        copies = sum(plant["copies"] for plant in kind["planted"].values())
        assert name in measuring.WITHOUT_DETAIL or found >= 0.95 * copies, name


def test_to_write_and_to_name_data_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        command.main(["--write", "--data", "x"])
    assert "--write measures nothing, so --data has no effect" in capsys.readouterr().err
