"""What folds tell of the noise of training, by numbers worked out by hand."""

import pytest
from hand_made import answers

from plants import paired
from studies import training_noise
from studies.training_noise import TrainingNoise


def folded(right, *, folds=2):
    """Answers right where `right` has a 1; image i is of fold i modulo `folds`."""
    return answers(right, folds=folds)


def test_each_fold_has_its_own_difference_and_variance():
    # Fold 0, images 0, 2, 4, 6: one lost, one won. Fold 1: two won.
    reference, compared = folded("11000000"), folded("01110100")
    found = training_noise.fold_differences(reference, compared)
    # changes -1, 1, 0, 0: mean 0, variance 2 / 4; 0, 1, 1, 0: mean 1 / 2, variance 1 / 4
    assert found == [(0.0, pytest.approx(0.5 / 4)), (0.5, pytest.approx(0.25 / 4))]


def test_the_factor_is_how_far_a_difference_scatters_between_folds_over_what_its_images_explain():
    # Accuracies 1 / 4 and 1 in fold 0, 3 / 4 and 0 in fold 1: differences of 3 / 4 and -3 / 4, whose variance
    # between the folds is 9 / 8; by the images, with changes 1, 1, 1, 0 and -1, -1, -1, 0, it is 3 / 64.
    reference, compared = folded("01010110"), folded("10101010")
    assert [fold["accuracy"] for fold in reference.fold_scores()] == [0.25, 0.75]
    assert [fold["accuracy"] for fold in compared.fold_scores()] == [1.0, 0.0]
    noise = training_noise.measure([reference, compared])
    assert noise == TrainingNoise(pytest.approx((9 / 8) / (3 / 64)), 1)


def test_each_training_counts_once_and_each_adds_its_folds_but_one():
    # Accuracies by fold: 0, 1; 1, 0; 1, 3/4. Less the means of the rows 1/2, 1/2, 7/8 and of the columns
    # 2/3, 7/12, and with that of all, 5/8: -13/24, 13/24; 11/24, -11/24; 1/12, -1/12.
    nets = [folded("01010101"), folded("10101010"), folded("11111110")]
    squares = 2 * (13**2 + 11**2 + 2**2) / 24**2
    # Of six differences two change not all images of a fold alike: one of four is lost in one, three are won
    # in the other. Their variances are 3 / 16 / 4.
    by_images = 2 * (3 / 64) / 6
    assert training_noise.measure(nets) == TrainingNoise(pytest.approx(2 * squares / 2 / by_images), 2)


def test_less_scatter_than_the_images_explain_takes_nothing_off():
    # In both folds one won and one lost.
    assert training_noise.measure([folded("11000000"), folded("00110000")]) == TrainingNoise(1.0, 1)


def test_what_is_alone_or_answers_alike_or_has_one_fold_says_nothing():
    one = folded("11000000")
    assert training_noise.measure([one]) == training_noise.NONE == TrainingNoise(1.0, 0)
    assert training_noise.measure([one, one]) == training_noise.NONE
    assert training_noise.measure([folded("11000000", folds=1), folded("10", folds=1)]) == training_noise.NONE
    assert training_noise.measure([]) == training_noise.NONE


def test_nets_of_other_folds_than_the_first_are_left_out():
    first, other, third = folded("01010110"), folded("10101000", folds=4), folded("10101010")
    assert not training_noise.have_same_folds(first, other)
    assert training_noise.measure([first, other]) == training_noise.NONE
    assert training_noise.measure([first, other, third]) == training_noise.measure([first, third])


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


def test_the_interval_grows_with_the_standard_deviation_and_students_t():
    # Twice as wide for the factor; with 10 degrees 2.228139 in the place of 1.959964.
    wider = 2 * 2.228139 / 1.959964
    low, high = TrainingNoise(4.0, 10).interval(counted(1, 2, (0.05, 0.2)))
    assert (low, high) == pytest.approx((0.1 - wider * 0.05, 0.1 + wider * 0.1), abs=1e-6)
    assert training_noise.NONE.interval(counted(1, 2, (0.05, 0.2))) == (0.05, 0.2)
