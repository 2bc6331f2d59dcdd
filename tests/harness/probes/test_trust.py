"""Zips that run but should not be believed: the right cause is named, and nothing beside it."""

import dataclasses

import pytest
from judging import CODALAB, codes, judge, told
from submissions import CASES, making, meaning_faults, trust_faults

pytestmark = pytest.mark.rest

MINE = [case for case in CASES if case.build.__module__ in (trust_faults.__name__, meaning_faults.__name__)]


@pytest.mark.parametrize("case", MINE, ids=str)
def test_the_cause_is_named_and_nothing_that_comes_of_it(case, tmp_path):
    path, profile = case.build(tmp_path / "a.zip"), dataclasses.replace(CODALAB, **case.limits)
    result = (case.judged or judge)(path, profile)
    assert codes(result) == [case.code], told(result)
    assert not any("table of known images" in note for note in result.notes)
    assert bool(result.scores) == (result.verdict == "accepted")


def test_good_submission_is_asked_all_and_stands_by_its_answers(tmp_path):
    result = judge(making.good(tmp_path / "a.zip"))
    assert told(result) == []
    assert set(result.probes["calls"]) == {
        "main",
        "again",
        "sorted",
        "sevens",
        "ones",
        "eight",
        "noise",
        "shifted",
        "uint8 array",
        "float64 array",
        "renewed",
    }


def test_a_score_and_results_that_the_submission_writes_itself_are_nobodys(tmp_path):
    """SEC01 has nothing to tell: what is printed is printed, and the files go with their folder."""
    body = """\
import json, os, tempfile
print('accuracy 1.000', json.dumps({'verdict': 'accepted', 'accuracy': 1.0}))
for folder in (os.getcwd(), tempfile.gettempdir()):
    for name in ('result.json', 'scores.txt', 'predictions.npy'):
        with open(os.path.join(folder, name), 'w') as file:
            file.write('accuracy: 1.0')
"""
    result = judge(making.predicting(tmp_path / "a.zip", body + making.RETURN))
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    assert "accuracy 1.000" in result.output
    assert [file.name for file in tmp_path.iterdir()] == ["a.zip"]


def test_memory_that_grows_from_call_to_call_is_noted(tmp_path):
    """24 calls of at most 15 MB: 240 MB are kept until the child ends."""
    body = "self.kept = [*getattr(self, 'kept', []), np.ones(15 << 20, np.uint8)]\n" + making.RETURN
    result = judge(making.predicting(tmp_path / "a.zip", body))
    assert told(result) == []
    assert any("memory grew from" in note and "kept from call to call" in note for note in result.notes)


def test_zip_that_fails_on_few_images_only_keeps_its_score_and_says_so(tmp_path):
    path = making.predicting(tmp_path / "a.zip", "assert len(X) >= 30, 'too few'\n" + making.RETURN)
    result = judge(path)
    assert (codes(result), result.scores["accuracy"]) == (["OUT06"], 0.9)
    assert "fails on X of 29 images, though not on 30 or 31: " in result.faults[0].message


def test_low_score_of_answers_drawn_at_random_is_not_diagnosed(tmp_path):
    """A third is right whatever is done to X, and of five tries the best may seem a remedy."""
    body = "label = np.asarray(X)[:, 0, 0, 0]\nreturn (label + np.random.randint(0, 3, len(X))) % 3"
    result = judge(making.predicting(tmp_path / "a.zip", body))
    assert (codes(result), result.diagnosis) == (["DET01"], None), told(result)
