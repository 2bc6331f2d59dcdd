"""What comes after a bad submission is judged as if nothing had been: the same score in the same time."""

import pytest
from judging import codes, judge
from submissions.limit_faults import burns_every_core_after_its_answers
from submissions.making import RETURN, predicting
from submissions.reaching_faults import stops_the_clock

TRIES = 4  # other programs on this machine may slow down one side
COMPUTES = "import hashlib\nif len(X) == 30:\n    hashlib.pbkdf2_hmac('sha256', b'', b'', 1_000_000)\n"


def seconds_of(path):
    """How long each of three main predictions took."""
    results = [judge(path) for _ in range(3)]
    assert [result.scores["accuracy"] for result in results] == [0.9] * 3
    return [result.timing["predict"] for result in results]


@pytest.mark.rest
@pytest.mark.parametrize(
    "build, code", [(burns_every_core_after_its_answers, "RES05"), (stops_the_clock, "SEC04")]
)
def test_the_next_submission_gets_the_same_score_and_takes_as_long(build, code, tmp_path):
    """The quickest of each side are compared: a busy machine slows down both, but not for good."""
    good, bad = predicting(tmp_path / "good.zip", COMPUTES + RETURN), build(tmp_path / "bad.zip")
    before, after = [], []
    for _ in range(TRIES):
        before += seconds_of(good)
        assert code in codes(judge(bad))
        after += seconds_of(good)
        if min(after) == pytest.approx(min(before), rel=0.2):
            return
    raise AssertionError(f"the quickest took {min(before):.2f} s before and {min(after):.2f} s after")
