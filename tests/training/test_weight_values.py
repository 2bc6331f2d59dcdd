"""Weights taken out and put in, by values worked out by hand."""

import keras
import numpy as np
import pytest
from phase_runs import RECIPE
from trainable_net import tiny_net

from plants.training import weight_values


def two():
    return [keras.Variable([1.0, 2.0]), keras.Variable([[5.0]])]


def listed(variables):
    return [value.tolist() for value in weight_values.of(variables)]


def test_what_is_taken_out_is_a_copy():
    variables = two()
    taken = weight_values.of(variables)
    variables[0].assign([7.0, 8.0])
    assert [value.tolist() for value in taken] == [[1.0, 2.0], [[5.0]]]


def test_values_go_back_where_they_came_from():
    variables = two()
    weight_values.put(variables, [np.array([3.0, 4.0]), np.array([[6.0]])])
    assert listed(variables) == [[3.0, 4.0], [[6.0]]]
    with pytest.raises(ValueError, match="zip"):
        weight_values.put(variables, [np.array([3.0, 4.0])])


@pytest.mark.parametrize("error", [None, KeyboardInterrupt])
def test_after_a_block_all_is_as_before_even_if_it_was_stopped(error):
    variables = two()
    try:
        with weight_values.put_back(variables):
            variables[1].assign([[9.0]])
            if error:
                raise error
    except KeyboardInterrupt:
        pass
    assert listed(variables) == [[1.0, 2.0], [[5.0]]]


def test_a_file_gives_the_values_in_their_order_whatever_lies_beside_them(tmp_path):
    variables = [keras.Variable(float(number)) for number in range(12)]  # v10 comes before v2 by name
    weight_values.write(tmp_path / "weights.npz", variables, state="none")
    with np.load(tmp_path / "weights.npz") as stored:
        assert [float(value) for value in weight_values.read(stored)] == list(range(12))
        assert str(stored["state"]) == "none"


def test_a_mean_is_of_weights_and_statistics_not_of_the_states_of_generators():
    net = tiny_net(RECIPE, 2)
    names = [variable.path.split("/")[-1] for variable in weight_values.averageable(net)]
    assert names == ["kernel", "gamma", "beta", "moving_mean", "moving_variance", "kernel", "bias"]
    assert len(net.variables) == len(names) + 1  # that of the dropout's generator
