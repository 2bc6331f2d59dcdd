"""What comes after a bad submission is judged as if nothing had been: the same score in the same time."""

import pytest
from judging import codes, judge
from submissions.limit_faults import burns_every_core_after_its_answers
from submissions.making import RETURN, predicting
from submissions.reaching_faults import stops_the_clock

TRIES = 3  # other programs on this machine may slow down one side
COMPUTES = "import hashlib\nif len(X) == 30:\n    hashlib.pbkdf2_hmac('sha256', b'', b'', 1_000_000)\n"


def quickest(path):
    """(accuracy, seconds) of the quickest of three main predictions."""
    results = [judge(path) for _ in range(3)]
    (accuracy,) = {result.scores["accuracy"] for result in results}
    return accuracy, min(result.timing["predict"] for result in results)


@pytest.mark.parametrize(
    "build, code", [(burns_every_core_after_its_answers, "RES05"), (stops_the_clock, "SEC04")]
)
def test_the_next_submission_gets_the_same_score_and_takes_as_long(build, code, tmp_path):
    good, bad = predicting(tmp_path / "good.zip", COMPUTES + RETURN), build(tmp_path / "bad.zip")
    for _ in range(TRIES):
        before = quickest(good)
        assert code in codes(judge(bad))
        after = quickest(good)
        assert before[0] == after[0] == 0.9
        if after[1] == pytest.approx(before[1], rel=0.2):
            return
    raise AssertionError(f"{before[1]:.2f} s before, {after[1]:.2f} s after, in the last of {TRIES} tries")
