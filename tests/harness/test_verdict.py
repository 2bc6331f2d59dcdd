"""The record of one zip: every key of --json, and what kept the harness from its work."""

import json

import numpy as np
import pytest
from judging import CODALAB, judge
from submissions import making

from plants import interrupts
from plants.harness.faults import fault
from plants.harness.verdict import Verdict, unjudged

KEYS = {
    "verdict",
    "faults",
    "n",
    "accuracy",
    "macro_f1",
    "ci95",
    "per_class",
    "confusion",
    "seconds",
    "timing",
    "peak_rss_mb",
    "zip_sha256",
    "isolation",
    "profile",
    "versions",
}
# sha256 of the empty string.
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_accepted_zip_has_every_key_of_the_record(tmp_path):
    record = judge(making.good(tmp_path / "a.zip")).to_dict()
    assert record.keys() >= KEYS
    assert (record["verdict"], record["faults"], record["n"]) == ("accepted", [], 30)
    # 27 of 30 are right; one label of each class is wrong, and each class is once answered wrongly.
    assert record["accuracy"] == 0.9 and record["macro_f1"] == pytest.approx(0.9)
    assert record["confusion"] == [[9, 1, 0], [0, 9, 1], [1, 0, 9]]
    assert [row["name"] for row in record["per_class"]] == ["Ash", "Birch", "Cedar"]
    assert record["profile"] == "codalab-2022" and record["versions"]["numpy"] == np.__version__
    json.dumps(record, allow_nan=False)


def test_rejected_zip_has_every_key_too_with_null_for_the_scores(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"")
    record = judge(path).to_dict()
    assert record.keys() >= KEYS
    assert record["verdict"] == "rejected"
    assert {record[key] for key in ("n", "accuracy", "macro_f1", "ci95", "peak_rss_mb")} == {None}
    assert record["per_class"] == record["confusion"] == record["isolation"] == []
    assert record["zip_sha256"] == EMPTY
    (fault,) = record["faults"]
    assert fault.keys() == {"code", "level", "message", "file", "line", "cause", "remedy"}
    assert (fault["code"], fault["level"], fault["file"], fault["line"]) == ("ZIP01", "reject", None, None)


def test_faults_are_on_record_with_causes_before_symptoms_in_whatever_order_they_came():
    verdict = Verdict("a.zip", "codalab-2022")
    for code in ("SEM03", "ZIP03", "RUN01", "CON05"):
        verdict.collected.append(fault(code, f"{code}."))
    assert [fault["code"] for fault in verdict.to_dict()["faults"]] == ["ZIP03", "CON05", "RUN01", "SEM03"]


def test_an_interrupt_that_a_library_turned_into_another_error_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(interrupts, "_came", [True])
    found = unjudged(making.good(tmp_path / "a.zip"), CODALAB, ImportError("initialization failed"))
    assert found.interrupted and "interrupted" in found.faults[0].message
