"""The mean of a phase's best epochs: which may come in, which stay, and what a training keeps."""

import dataclasses

import numpy as np
import pytest
from phase_runs import ALL, FROZEN, RECIPE, TRAINING, VALIDATION, best_weights, training
from trainable_net import tiny_net

from plants.recipes.recipe import Augmentation, Phase
from plants.runs import run_folder
from plants.training import scores, soup

PHASE = Phase("only", 9, 1e-3, 32, soup=3)


def history(*accuracies, phase=0):
    return [
        {"phase": phase, "epoch": epoch, "validation_accuracy": accuracy, "validation_loss": 1 - accuracy}
        for epoch, accuracy in enumerate(accuracies, start=1)
    ]


def epochs_of(lines):
    return [line["epoch"] for line in lines]


@pytest.mark.parametrize(
    "accuracies, expected",
    [
        ((0.5,), [1]),
        ((0.5, 0.7, 0.6, 0.65), [2, 4, 3]),
        ((0.6, 0.6, 0.6, 0.6), [1, 2, 3]),  # of equals the earlier ones
        ((0.5, float("nan"), 0.6, 0.1), [3, 1, 4]),
    ],
)
def test_the_best_epochs_of_the_phase_may_come_in_the_best_first(accuracies, expected):
    lines = history(0.9, 0.9) + history(*accuracies, phase=1)
    assert epochs_of(soup.ingredients(lines, 1, PHASE)) == expected


def test_the_monitor_says_which_are_the_best():
    lines = history(0.5, 0.7, 0.6)
    for line, loss in zip(lines, (0.1, 0.3, 0.2), strict=True):
        line["validation_loss"] = loss
    by_loss = dataclasses.replace(PHASE, monitor="loss", soup=2)
    assert epochs_of(soup.ingredients(lines, 0, by_loss)) == [1, 3]


def test_without_validation_the_last_epochs_come_in():
    lines = [{"phase": 0, "epoch": epoch} for epoch in (1, 2, 3, 4)]
    assert epochs_of(soup.ingredients(lines, 0, PHASE)) == [4, 3, 2]


def cooked(ranked, tasted, phase=PHASE):
    """The soup of `ranked`, where means of epochs have the accuracies in `tasted`, and the means tried."""
    tried = []

    def taste(epochs):
        tried.append(epochs)
        line = {"phase": 0, "epoch": epochs[0], "soup": epochs}
        if tasted:
            line |= {"validation_accuracy": tasted[tuple(epochs)]}
        return soup.Soup(line, [])

    return soup.cook(ranked, phase, taste), tried


def test_an_epoch_stays_in_if_the_mean_gets_no_worse_with_it():
    ranked = [history(0, 0.7, 0, 0.8, 0.7)[index] for index in (3, 1, 4)] + history(0.6)
    tasted = {(4, 2): 0.79, (4, 5): 0.8, (4, 5, 1): 0.85}  # worse than 0.8; as good; better than 0.8
    made, tried = cooked(ranked, tasted)
    assert tried == [[4, 2], [4, 5], [4, 5, 1]]
    assert made.line["soup"] == [4, 5, 1] and made.line["validation_accuracy"] == 0.85


def test_where_no_mean_is_as_good_as_the_best_epoch_there_is_none():
    made, tried = cooked(history(0.8, 0.7, 0.6), {(1, 2): 0.75, (1, 3): 0.79})
    assert made is None and tried == [[1, 2], [1, 3]]


def test_a_mean_without_a_number_stays_out():
    made, _ = cooked(history(0.8, 0.7), {(1, 2): float("nan")})
    assert made is None


def test_one_epoch_alone_makes_none():
    assert cooked(history(0.8), {}) == (None, [])
    assert cooked([{"phase": 0, "epoch": 1}], {}) == (None, [])


def test_without_validation_all_of_them_are_averaged_untasted():
    made, tried = cooked([{"phase": 0, "epoch": epoch} for epoch in (4, 3, 2)], {})
    assert tried == [[4, 3, 2]] and made.line["soup"] == [4, 3, 2]


def test_the_mean_of_kept_weights_by_hand_and_no_more_files_than_asked_for(tmp_path):
    net = tiny_net(RECIPE, 2)
    zeros = [np.zeros_like(value) for value in net.get_weights()]
    for epoch, value in enumerate((3.0, 5.0, 10.0), start=1):
        net.set_weights([zero + value for zero in zeros])
        soup.keep(tmp_path, epoch, net)
    for values, expected in ((soup.mean(tmp_path, [1, 2, 3]), 6.0), (soup.mean(tmp_path, [3]), 10.0)):
        assert [value.shape for value in values] == [zero.shape for zero in zeros]
        assert {float(number) for value in values for number in value.ravel()} == {expected}
        assert {value.dtype for value in values} == {np.dtype("float32")}
    soup.keep_only(tmp_path, [2, 3])
    assert {path.name for path in (tmp_path / run_folder.SOUP).iterdir()} == {"epoch2.npz", "epoch3.npz"}
    soup.clear(tmp_path)
    assert not list(tmp_path.iterdir())


def scripted(monkeypatch, *accuracies):
    """Validations from now on give these accuracies, in their order."""
    measured = iter({"validation_accuracy": accuracy} for accuracy in accuracies)
    said = {"validation_loss": 1.0, "validation_auc": 0.5}
    monkeypatch.setattr(scores, "validation_scores", lambda logits, labels: said | next(measured))


@pytest.fixture
def kept(monkeypatch):
    """The weights that are kept of each epoch, by its number."""
    weights, keep = {}, soup.keep

    def noting(folder, epoch, net):
        weights[epoch] = net.get_weights()
        keep(folder, epoch, net)

    monkeypatch.setattr(soup, "keep", noting)
    return weights


def assert_mean(folder, *weights):
    for found, *parts in zip(best_weights(folder), *weights, strict=True):
        np.testing.assert_allclose(found, sum(parts) / len(parts), rtol=1e-5, atol=1e-7)


SOUPED = dataclasses.replace(FROZEN, epochs=3, soup=3)


def test_a_training_keeps_the_mean_of_the_epochs_that_stayed_in(tmp_path, tiny_nets, monkeypatch, kept):
    scripted(monkeypatch, 0.5, 0.7, 0.6, 0.75, 0.74)  # three epochs; then 2 and 3, and 1 as well
    said = []
    run = training(tmp_path / "run", dataclasses.replace(RECIPE, phases=(SOUPED,)), say=said.append)
    run.run()
    assert (run.state.best["epoch"], run.state.best["soup"]) == (2, [2, 3])
    assert run.state.best["validation_accuracy"] == 0.75
    assert_mean(tmp_path / "run", kept[2], kept[3])
    assert "frozen: the mean of epochs [2, 3] is kept" in said
    assert not (tmp_path / "run" / run_folder.SOUP).exists()


def test_where_no_mean_is_as_good_the_best_epoch_stays(tmp_path, tiny_nets, monkeypatch, kept):
    scripted(monkeypatch, 0.5, 0.7, 0.6, 0.65, 0.69)
    run = training(tmp_path / "run", dataclasses.replace(RECIPE, phases=(SOUPED,)))
    run.run()
    assert run.state.best == run.state.history[1]
    assert_mean(tmp_path / "run", kept[2])


def test_a_mean_that_is_worse_than_what_an_earlier_phase_reached_is_not_kept(
    tmp_path, tiny_nets, monkeypatch
):
    scripted(monkeypatch, 0.5, 0.9, 0.6, 0.7, 0.8)  # two epochs, two of the next phase, their mean
    phases = (FROZEN, dataclasses.replace(SOUPED, name="again", epochs=2, soup=2))
    run = training(tmp_path / "run", dataclasses.replace(RECIPE, phases=phases))
    run.run()
    assert run.state.best == run.state.history[1]


def test_without_validation_the_mean_of_the_last_epochs_is_kept(tmp_path, tiny_nets, kept):
    recipe = dataclasses.replace(RECIPE, phases=(dataclasses.replace(SOUPED, soup=2),))
    run = training(tmp_path / "run", recipe, datasets=(TRAINING, VALIDATION.subset([])))
    run.run()
    assert run.state.best == {"phase": 0, "epoch": 3, "soup": [3, 2]}
    assert_mean(tmp_path / "run", kept[2], kept[3])


def test_no_more_weights_lie_there_than_may_come_in(tmp_path, tiny_nets, monkeypatch):
    scripted(monkeypatch, 0.5, 0.7, 0.6, 0.1, 0.8, *[0.0] * 9)
    recipe = dataclasses.replace(RECIPE, phases=(dataclasses.replace(FROZEN, epochs=5, soup=2),))
    run, there = training(tmp_path / "run", recipe), []
    run.after_epoch = lambda line: there.append(
        {path.stem for path in (tmp_path / "run" / run_folder.SOUP).iterdir()}
    )
    run.run()
    assert there == [
        *({"epoch1"}, {"epoch1", "epoch2"}, {"epoch2", "epoch3"}, {"epoch2", "epoch3"}),
        {"epoch2", "epoch5"},
    ]


def test_the_mean_gets_statistics_of_its_own_from_the_training_images(tmp_path, tiny_nets):
    trained = dataclasses.replace(ALL, epochs=2, soup=2)
    changes = {"augmentation": Augmentation(), "dropout": 0.0, "batch_size": 7}  # two batches of 7
    recipe = dataclasses.replace(RECIPE, phases=(trained,), **changes)
    training(tmp_path / "run", recipe, datasets=(TRAINING, VALIDATION.subset([]))).run()
    net = tiny_net(recipe, 2)
    net.load_weights(tmp_path / "run" / run_folder.WEIGHTS)
    body = net.get_layer("backbone")
    maps = body.get_layer("conv")(TRAINING.images.astype("float32") / 255).numpy()
    # Of two batches alike in size the mean of their means is that of all images, whoever is in which.
    np.testing.assert_allclose(
        body.get_layer("norm").moving_mean.numpy(), maps.mean(axis=(0, 1, 2)), rtol=1e-4, atol=1e-5
    )


def test_the_weights_of_the_phase_are_untouched_by_what_was_tried(tmp_path, tiny_nets):
    run = training(tmp_path / "run", dataclasses.replace(RECIPE, phases=(SOUPED,)))
    learners, prepare = [], run.prepare
    run.prepare = lambda phase: learners.append(prepare(phase)) or learners[-1]
    last = []
    run.after_epoch = lambda line: last.append(learners[-1].net.get_weights())
    run.run()
    for one, other in zip(last[-1], learners[-1].net.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
