"""Several zips: which is compared with which, what the table says of it, and what the ledger keeps."""

import json
from pathlib import Path

import pytest
from judging import CODALAB, codes
from submissions import making, output_faults

from plants.harness import batch, verdict
from plants.harness.examples import Examples
from plants.harness.options import JudgeOptions

WORSE = "label = np.asarray(X)[:, 0, 0, 0].astype(int)\nreturn np.where(X[:, 1, 1, 1] < {}, 0, label)"


def worse(path, count):
    """A submission that calls the first `count` of the test images Ash; every third of them is."""
    return making.predicting(path, WORSE.format(count))


def judge_all(*paths, **options):
    examples = Examples(making.dataset(), "all")
    return batch.judge_all(paths, lambda: examples, JudgeOptions(CODALAB, **options))


def test_zips_are_compared_with_the_first_that_was_scored(tmp_path, capsys):
    results = judge_all(
        output_faults.returns_nothing(tmp_path / "a.zip"),
        making.good(tmp_path / "b.zip"),
        worse(tmp_path / "c.zip", 6),
        worse(tmp_path / "d.zip", 3),
    )
    assert [result.comparison and result.comparison.reference for result in results] == [
        None,
        None,
        "b.zip",
        "b.zip",
    ]
    # Of images 0 to 5, answered 1, 2, 0, 0, 1, 2 and labelled 0, 1, 2, 0, 1, 2: 0 gained, 4 and 5 lost.
    found = results[2].comparison
    assert (found.gained, found.lost, len(found.flips)) == (1, 2, 4)
    assert codes(results[2]) == ["CMP01"] and results[2].verdict == "accepted"
    said = capsys.readouterr().out
    assert "against b.zip: -3.3 pp on 30 images" in said and "within noise" in said
    assert "  gained  Ash/00000.jpg: Ash instead of Birch" in said
    assert "  neither Birch/00001.jpg: Ash instead of Cedar" in said
    assert "  lost    Birch/00004.jpg: Ash instead of Birch" in said


def test_zip_to_compare_with_is_judged_and_said_but_is_none_of_the_verdicts(tmp_path, capsys):
    path = worse(tmp_path / "old.zip", 30)
    (result,) = judge_all(making.good(tmp_path / "new.zip"), against=path)
    # The old one says Ash always; of the other answers image 0's was wrong, and image 1's both times.
    assert (result.zip, result.comparison.gained, result.comparison.lost) == ("new.zip", 18, 1)
    assert codes(result) == []  # p = (1 + 19) / 2 ** 18
    said = capsys.readouterr().out
    assert said.index("old.zip: ACCEPTED") < said.index("new.zip: ACCEPTED")
    # Ten of the twenty flips, images 0 and 1 among them.
    assert said.count("  gained  ") == 8 and "  and 10 more" in said


def test_zip_that_was_not_scored_is_no_measure(tmp_path, capsys):
    path = output_faults.returns_nothing(tmp_path / "old.zip")
    (result,) = judge_all(making.good(tmp_path / "new.zip"), against=path)
    assert result.comparison is None and codes(result) == []
    assert "note: not compared with old.zip: it was rejected" in capsys.readouterr().err


def test_zips_of_one_file_name_are_told_apart_everywhere(tmp_path, capsys):
    for folder in ("runs/a", "runs/b", "old/a"):
        (tmp_path / folder).mkdir(parents=True)
    paths = [
        making.good(tmp_path / "runs/a/submission.zip"),
        worse(tmp_path / "runs/b/submission.zip", 6),
        output_faults.returns_nothing(tmp_path / "old/a/submission.zip"),
        making.good(tmp_path / "other.zip"),
    ]
    results = judge_all(*paths, ledger=tmp_path / "ledger.jsonl")
    names = ["runs/a/submission.zip", "b/submission.zip", "old/a/submission.zip", "other.zip"]
    assert [result.to_dict()["zip"] for result in results] == names
    assert results[1].comparison.reference == names[0]
    entries = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    assert [entry["zip"] for entry in entries] == [names[0], names[1], names[3]]
    said = capsys.readouterr()
    assert "b/submission.zip: ACCEPTED" in said.out and "against runs/a/submission.zip: -3.3 pp" in said.out
    lines = said.err.splitlines()
    assert lines[lines.index("note: of b/submission.zip:") + 1].startswith("CMP01 ")
    assert lines[lines.index("note: of old/a/submission.zip:") + 1].startswith("OUT")


def test_names_are_the_shortest_that_tell_files_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    same = Path("a/x.zip"), tmp_path / "a" / "x.zip"  # one file, given twice
    assert list(batch.names_of(same).values()) == ["x.zip", "x.zip"]
    assert list(batch.names_of([*same, Path("x.zip")]).values()) == [
        "a/x.zip",
        "a/x.zip",
        f"{tmp_path.name}/x.zip",
    ]


@pytest.mark.parametrize("where", [(batch.compare_zips, "compare"), (batch.table, "say")])
def test_an_interrupt_after_the_judging_keeps_the_verdict(where, tmp_path, monkeypatch):
    def interrupt(*arguments, **options):
        calls.append(arguments)
        if len(calls) == {"compare": 1, "say": 2}[where[1]]:
            raise KeyboardInterrupt

    calls = []
    monkeypatch.setattr(*where, interrupt)
    results = judge_all(
        making.good(tmp_path / "a.zip"), worse(tmp_path / "b.zip", 6), making.good(tmp_path / "c.zip")
    )
    first, second, third = results
    assert [result.verdict for result in results] == [
        verdict.ACCEPTED,
        verdict.ACCEPTED,
        verdict.HARNESS_ERROR,
    ]
    assert (first.scores["accuracy"], second.scores["accuracy"]) == (0.9, pytest.approx(26 / 30))
    assert second.interrupted and second.notes[-1].startswith("interrupted after it was judged")
    assert "interrupted" in third.faults[0].message


def test_a_comparison_that_crashes_keeps_the_score_and_says_so(tmp_path, monkeypatch, capsys):
    def crash(*arguments):
        raise ImportError("no scipy")

    monkeypatch.setattr(batch.compare_zips, "compare", crash)
    _, second = judge_all(making.good(tmp_path / "a.zip"), worse(tmp_path / "b.zip", 6))
    assert (second.verdict, codes(second)) == (verdict.HARNESS_ERROR, ["HAR02"])
    assert second.scores["accuracy"] == pytest.approx(26 / 30)
    said = "HAR02 Harness problem, not yours: not compared with a.zip: ImportError: no scipy."
    assert said in capsys.readouterr().err


def test_every_score_is_entered_in_the_ledger_and_counted(tmp_path, capsys):
    ledger = tmp_path / "ledger.jsonl"
    good, bad = making.good(tmp_path / "a.zip"), output_faults.returns_nothing(tmp_path / "b.zip")
    judge_all(good, bad, worse(tmp_path / "c.zip", 6), ledger=ledger)
    (again,) = judge_all(good, ledger=ledger)
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [(entry["zip"], entry["n"]) for entry in entries] == [("a.zip", 30), ("c.zip", 30), ("a.zip", 30)]
    assert [entry["accuracy"] for entry in entries] == [0.9, pytest.approx(26 / 30), 0.9]
    assert entries[0]["zip_sha256"] == again.zip_sha256
    assert {entry["split_sha256"] for entry in entries} == {making.dataset().content_hash}
    assert again.to_dict()["ledger"] == {"scores": 3, "zips": 2, "best": 0.9}
    said = capsys.readouterr().out
    assert "these images were looked at once, for 1 zip; best so far 0.9000" in said
    assert "these images were looked at 3 times, for 2 zips; best so far 0.9000" in said


def test_ledger_that_cannot_be_written_costs_no_score(tmp_path, capsys):
    (tmp_path / "file").touch()
    (result,) = judge_all(making.good(tmp_path / "a.zip"), ledger=tmp_path / "file" / "ledger.jsonl")
    assert (result.scores["accuracy"], result.ledger) == (0.9, None)
    assert "note: the ledger was not written: " in capsys.readouterr().err


def test_an_error_once_the_last_zip_was_judged_is_told(tmp_path, monkeypatch):
    def fail(*arguments):
        raise ZeroDivisionError("x")

    problems = []
    monkeypatch.setattr(batch, "_finish", fail)
    examples, path = Examples(making.dataset(), "all"), making.good(tmp_path / "a.zip")
    (result,) = batch.judge_all([path], lambda: examples, JudgeOptions(CODALAB), problems)
    assert (result.verdict, problems) == (verdict.ACCEPTED, ["ZeroDivisionError: x"])
