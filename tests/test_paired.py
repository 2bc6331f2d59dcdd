"""Paired statistics, against numbers worked out by hand or published."""

import numpy as np
import pytest

from plants import paired


@pytest.mark.parametrize(
    "only_one, only_other, p",
    [
        (0, 0, 1.0),
        (3, 3, 1.0),
        (1, 5, 2 * (1 + 6) / 2**6),  # at most one head in six tosses, or at most one tail
        (5, 1, 2 * (1 + 6) / 2**6),
        (0, 6, 2 / 2**6),
    ],
)
def test_mcnemar_tosses_a_coin_for_each_discordant_image(only_one, only_other, p):
    assert paired.mcnemar(only_one, only_other) == pytest.approx(p)


def test_the_interval_joins_both_wilson_intervals_by_their_correlation():
    # 5 both, 3 only the first, none only the second, 2 neither: 8 and 5 of 10. Wilson: 0.490162 to
    # 0.943318 and 0.236593 to 0.763407. phi = (5 * 2 - 3 * 0 - 10 / 2) / sqrt(8 * 2 * 5 * 5) = 0.25.
    # Below: 0.309838^2 - 0.5 * 0.309838 * 0.263407 + 0.263407^2 = 0.352953^2,
    # above: 0.143318^2 - 0.5 * 0.143318 * 0.263407 + 0.263407^2 = 0.266548^2, round 0.3.
    assert paired.difference_interval(5, 3, 0, 2) == pytest.approx([-0.052953, 0.566548], abs=2e-6)


def test_the_interval_is_that_of_another_program():
    # Cavo et al. 2012 in the R package contingencytables, Newcombe's square-and-add interval
    assert paired.difference_interval(59, 6, 16, 80) == pytest.approx([-0.1186, -0.0046], abs=5e-5)


def test_the_interval_turns_round_with_the_order_of_the_two():
    low, high = paired.difference_interval(40, 9, 3, 8)
    assert paired.difference_interval(40, 3, 9, 8) == pytest.approx([-high, -low])


def test_without_wrong_answers_the_interval_has_no_correlation_to_divide_by():
    # Both right on 10 of 10: Wilson from 10 / 13.841459, so 0.277533 to either side.
    assert paired.difference_interval(10, 0, 0, 0) == pytest.approx([-0.277533, 0.277533], abs=2e-6)


def test_a_comparison_counts_the_compared_one_against_the_reference():
    reference = np.array([1, 1, 1, 0, 0, 0, 0, 0], bool)
    compared = np.array([1, 0, 0, 1, 1, 1, 0, 0], bool)
    test = paired.compare(reference, compared)
    assert (test.n, test.only_reference, test.only_compared) == (8, 2, 3)
    assert test.difference == pytest.approx(1 / 8)
    assert test.interval == paired.difference_interval(1, 3, 2, 2)
    assert test.p == 1.0  # 2 against 3 of five


def right(count, n=100):
    return np.arange(n) < count


def test_below_5_percent_the_sign_gives_the_verdict():
    assert paired.compare(right(50), right(56)).verdict() == "better"  # p = 2 / 64
    assert paired.compare(right(56), right(50)).verdict() == "worse"
    assert paired.compare(right(50), right(55)).verdict() == "within noise"  # p = 2 / 32


def test_the_verdict_follows_the_adjusted_p_where_one_is_given():
    test = paired.compare(right(50), right(56))
    assert test.verdict(0.05) == "within noise"
    assert test.verdict(0.0499) == "better"


def test_holm_multiplies_by_the_tests_that_are_left_and_never_falls():
    # 4 * 0.01, 3 * 0.03, then 2 * 0.04 = 0.08 is raised to 0.09; the last stays.
    assert paired.holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])


def test_holm_ends_at_1_and_takes_no_tests():
    assert paired.holm([0.6, 0.7]) == [1.0, 1.0]
    assert paired.holm([]) == []
