"""What a comparison says of a claim, by numbers worked out by hand."""

import pytest
from hand_made import answers

from plants import paired
from studies.report_claims import comparison_results
from studies.report_claims.claims import BETTER, NO_BETTER, NO_FINDING, WORSE


def test_of_six_discordant_images_the_p_is_a_thirtysecond():
    test = paired.compare(answers("111100000000").right, answers("111111111100").right)
    assert (test.only_reference, test.only_compared, test.p) == (0, 6, pytest.approx(2 / 64))


@pytest.mark.parametrize(
    "finding, difference, p, said",
    [
        (BETTER, 0.1, 0.04, "holds"),
        (BETTER, -0.1, 0.04, "does not hold"),
        (BETTER, 0.1, 0.05, "within noise"),
        (WORSE, -0.1, 0.04, "holds"),
        (WORSE, 0.1, 0.04, "does not hold"),
        (WORSE, -0.1, 0.5, "within noise"),
        (NO_BETTER, -0.1, 0.04, "holds"),
        (NO_BETTER, 0.1, 0.04, "does not hold"),
        (NO_BETTER, 0.1, 0.5, "within noise"),
        (NO_FINDING, 0.1, 0.04, "better; the report has no finding"),
        (NO_FINDING, -0.1, 0.04, "worse; the report has no finding"),
        (NO_FINDING, -0.1, 0.06, "within noise"),
    ],
)
def test_the_verdict_follows_the_stated_rule(finding, difference, p, said):
    test = paired.PairedTest(100, 0, 0, difference, (0.0, 0.0), p=0.0)  # the adjusted p decides
    assert comparison_results.verdict(finding, test, p) == said
