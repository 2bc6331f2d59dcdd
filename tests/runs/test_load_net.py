"""From the nets of a composition to the probabilities of all classes."""

import keras
import numpy as np
import pytest

from plants.runs import load_net

PICTURE = np.zeros((1, 96, 96, 3), "float32")


def says(*probabilities):
    """A predictor that gives every image these probabilities, to the last digit, 0 and 1 too."""
    images = keras.Input((96, 96, 3))
    nothing = 0.0 * keras.ops.mean(images, axis=(1, 2, 3))[:, None]
    return keras.Model(images, nothing + np.array([probabilities], "float32"))


def spread(predictor, class_groups, num_classes):
    return load_net._spread(predictor, class_groups, num_classes)


def answer(*factors):
    return keras.ops.convert_to_numpy(load_net.product(list(factors))(PICTURE))[0]


def test_a_group_gives_its_probability_to_each_of_its_classes_and_others_get_1():
    matrix, rest = load_net.spreading([[3], [0, 2]], 5)
    np.testing.assert_array_equal(matrix, [[0, 0, 0, 1, 0], [1, 0, 1, 0, 0]])
    np.testing.assert_array_equal(rest, [0, 1, 0, 0, 1])
    np.testing.assert_allclose(
        answer_of(spread(says(0.25, 0.75), [[3], [0, 2]], 5)), [0.75, 1, 0.75, 0.25, 1]
    )


def answer_of(predictor):
    return keras.ops.convert_to_numpy(predictor(PICTURE))[0]


def test_one_factor_is_the_answer_itself():
    predictor = says(0.2, 0.8)
    assert load_net.product([predictor]) is predictor


def test_one_vs_rest_weighs_the_odds_of_its_nets():
    # p(this) 0.8, 0.5 and 0.2; the products 0.8*0.5*0.8, 0.2*0.5*0.8 and 0.2*0.5*0.2 stand as 16 : 4 : 1,
    # like the odds 4, 1 and 1/4.
    groups = [[[0], [1, 2]], [[1], [0, 2]], [[2], [0, 1]]]
    nets = [says(0.8, 0.2), says(0.5, 0.5), says(0.2, 0.8)]
    factors = [spread(net, own, 3) for net, own in zip(nets, groups, strict=True)]
    np.testing.assert_allclose(answer(*factors), np.array([16, 4, 1]) / 21, rtol=1e-5)


def test_a_hierarchy_multiplies_the_bundle_with_the_class_within():
    bundles = spread(says(0.6, 0.3, 0.1), [[1, 3], [0], [2]], 4)
    inner = spread(says(0.9, 0.1), [[1], [3]], 4)
    np.testing.assert_allclose(answer(bundles, inner), [0.3, 0.54, 0.1, 0.06], rtol=1e-5)


def test_a_hierarchy_with_two_inner_nets_sums_to_1_by_itself():
    bundles = spread(says(0.75, 0.25), [[0, 1], [2, 3]], 4)
    inner = [spread(says(0.5, 0.5), [[0], [1]], 4), spread(says(0.2, 0.8), [[2], [3]], 4)]
    np.testing.assert_allclose(answer(bundles, *inner), [0.375, 0.375, 0.05, 0.2], rtol=1e-5)


def test_a_net_that_is_certain_rules_no_class_out_for_ever():
    # The first two nets are certain of their classes: 1 * (0 -> 1e-7) each, against 1e-14 for the third.
    groups = [[[0], [1, 2]], [[1], [0, 2]], [[2], [0, 1]]]
    factors = [
        spread(net, own, 3) for net, own in zip([says(1, 0), says(1, 0), says(0, 1)], groups, strict=True)
    ]
    np.testing.assert_allclose(answer(*factors), [0.5, 0.5, 0], atol=1e-6)


@pytest.mark.parametrize("certain", [(1, 0), (0, 1)])
def test_probabilities_of_0_and_1_give_numbers(certain):
    groups = [[[label], [other for other in range(8) if other != label]] for label in range(8)]
    answered = answer(*(spread(says(*certain), own, 8) for own in groups))
    np.testing.assert_allclose(answered, np.full(8, 1 / 8), rtol=1e-4)


def test_each_image_is_answered_for_itself():
    images = keras.Input((96, 96, 3))
    light = keras.ops.mean(images, axis=(1, 2, 3))[:, None] / 255
    lit = keras.Model(images, keras.ops.concatenate([light, 1 - light], axis=1))
    product = load_net.product([lit, says(0.5, 0.5)])
    pictures = np.concatenate([PICTURE + 51, PICTURE + 204])  # 0.2 and 0.8 of 255
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(product(pictures)), [[0.2, 0.8], [0.8, 0.2]], rtol=1e-4
    )
