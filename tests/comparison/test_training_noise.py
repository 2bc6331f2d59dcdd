"""What folds tell of the noise of training, by numbers worked out by hand."""

import pytest
from hand_made import answers

from plants import paired
from plants.comparison import training_noise
from plants.comparison.training_noise import TrainingNoise


def folded(right, *, folds=2):
    """Answers right where `right` has a 1; image i is of fold i modulo `folds`."""
    return answers(right, folds=folds)


def test_each_fold_has_its_own_difference_and_variance():
    # Fold 0, images 0, 2, 4, 6: one lost, one won. Fold 1: two won.
    reference, compared = folded("11000000"), folded("01110100")
    found = training_noise.fold_differences(reference, compared)
    # changes -1, 1, 0, 0: mean 0, variance 2 / 4; 0, 1, 1, 0: mean 1 / 2, variance 1 / 4
    assert found == [(0.0, pytest.approx(0.5 / 4)), (0.5, pytest.approx(0.25 / 4))]


@pytest.mark.parametrize(
    "differences, q",
    [
        ([(0.1, 0.01), (-0.1, 0.01), (0.0, 0.01)], (2.0, 2)),  # (0.01 + 0.01 + 0) / 0.01
        ([(0.3, 0.01), (0.0, 0.02)], (3.0, 1)),  # about their mean of 0.2: 100 * 0.1^2 + 50 * 0.2^2
        ([(0.2, 0.5), (0.2, 0.1)], (0.0, 1)),
    ],
)
def test_q_sums_the_squared_distances_from_the_mean_each_over_its_variance(differences, q):
    assert training_noise.heterogeneity(differences) == pytest.approx(q)


def test_a_fold_that_agrees_on_all_images_says_nothing():
    assert training_noise.heterogeneity([(0.0, 0.0), (0.1, 0.01)]) is None
    same = folded("11000000")
    assert training_noise.measure([(same, same)]) == TrainingNoise(1.0, 0)


def test_the_factor_is_the_mean_of_q_per_degree_over_all_pairs():
    # In fold 0 changes 1, 1, 1, 0, in fold 1 -1, -1, -1, 0: 3 / 4 and its negative, variance 3 / 64 each.
    reference, compared = folded("01010100"), folded("10101000")
    q = 2 * (3 / 4) ** 2 / (3 / 64)
    assert training_noise.measure([(reference, compared)]) == TrainingNoise(pytest.approx(q), 1)
    # In both folds a change of 1, -1, 0, 0: they agree, so nothing is added but a degree.
    alike = folded("11000000"), folded("00110000")
    both = training_noise.measure([(reference, compared), alike])
    assert both == TrainingNoise(pytest.approx(q / 2), 2)


def test_less_scatter_than_the_images_explain_takes_nothing_off():
    assert training_noise.measure([(folded("11000000"), folded("00110000"))]) == TrainingNoise(1.0, 1)


def test_pairs_of_other_folds_are_left_out():
    pair = folded("01010100"), folded("10101000", folds=4)
    assert not training_noise.have_same_folds(*pair)
    assert training_noise.measure([pair]) == TrainingNoise(1.0, 0)


def counted(only_reference, only_compared, interval=(0.0, 0.0), difference=0.1):
    p = paired.mcnemar(only_reference, only_compared)
    return paired.PairedTest(1000, only_reference, only_compared, difference, interval, p)


def test_the_deciding_p_is_that_of_the_statistic_over_the_factor():
    # 40 / sqrt(4 * 100) = 2; Student's t with 10 degrees is beyond 2 in 7.34 % of cases.
    assert TrainingNoise(4.0, 10).p(counted(30, 70)) == pytest.approx(0.0734, abs=5e-5)
    assert TrainingNoise(4.0, 10).p(counted(70, 30)) == pytest.approx(0.0734, abs=5e-5)
    assert TrainingNoise(4.0, 10).p(counted(0, 0)) == 1.0


def test_the_deciding_p_is_never_below_the_exact_one():
    assert TrainingNoise(1.0, 1000).p(counted(0, 6)) == pytest.approx(2 / 64)  # by t it would be 0.014
    assert TrainingNoise().p(counted(30, 70)) == paired.mcnemar(30, 70)


def test_the_interval_grows_with_the_standard_deviation():
    assert TrainingNoise(4.0, 10).interval(counted(1, 2, (0.05, 0.2))) == pytest.approx((0.0, 0.3))
    assert TrainingNoise().interval(counted(1, 2, (0.05, 0.2))) == pytest.approx((0.05, 0.2))
