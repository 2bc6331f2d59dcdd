"""The training of one trial: what it reports after each epoch, and how it is pruned."""

import dataclasses
import json

import numpy as np
import pytest
from optuna.trial import TrialState, create_trial
from trainable_net import tiny_net

from plants.errors import InputError
from plants.nets import build
from plants.recipes import catalog
from plants.runs import run_folder
from plants.search import study, trial
from plants.training import batches
from plants.training.plan import plan_training

SMOKE = catalog.by_name("smoke")
FROZEN, ALL = (dataclasses.replace(phase, image_size=32) for phase in SMOKE.phases)
# Steps 1 and 2, then 3 to 6; pruning begins with 2 + 4 / 4.
RECIPE = dataclasses.replace(
    SMOKE,
    weights="none",
    image_size=32,
    phases=(dataclasses.replace(FROZEN, epochs=2), dataclasses.replace(ALL, epochs=4)),
)


@pytest.fixture(autouse=True)
def tiny_nets(monkeypatch):
    monkeypatch.setattr(build, "build", tiny_net)


def train(dataset, folder, recipe=RECIPE, *, earlier=()):
    """Trains a trial beside earlier ones of these accuracies in all epochs: (run folder, what it told)."""
    url = f"sqlite:///{folder}/study.db"
    opened = study.open_study(url, "tiny", recipe)
    for value in earlier:
        steps = dict.fromkeys(range(1, 7), value)
        opened.add_trial(create_trial(state=TrialState.COMPLETE, value=value, intermediate_values=steps))
    asked = opened.ask()
    plan = plan_training(recipe, dataset, folder / "run", seed=0, command=["search.py"])
    trial.TrialJob(plan, url, "tiny", asked._trial_id, "trial 0").run()
    return folder / "run", opened.get_trials()[-1]


def lines(run):
    return [json.loads(line) for line in (run / run_folder.METRICS).read_text().splitlines()]


def test_every_epoch_is_reported_under_its_step(tiny_dataset, tmp_path):
    run, told = train(tiny_dataset, tmp_path)
    assert told.intermediate_values == {
        step: line["validation_accuracy"] for step, line in enumerate(lines(run), start=1)
    }
    assert len(told.intermediate_values) == 6
    assert run_folder.read_record(run)["status"] == run_folder.FINISHED
    assert run_folder.read_record(run)["command"] == ["search.py"]


def test_a_trial_below_the_median_ends_with_the_epoch_that_shows_it(tiny_dataset, tmp_path):
    run, told = train(tiny_dataset, tmp_path, earlier=[1.01] * 5)  # no accuracy can be as good
    assert list(told.intermediate_values) == [1, 2, 3]
    assert len(lines(run)) == 3
    assert told.user_attrs == {trial.REASON: "below the median of earlier trials after step 3"}
    assert run_folder.read_record(run)["status"] == run_folder.RUNNING


def test_a_trial_above_the_median_is_trained_to_its_end(tiny_dataset, tmp_path):
    run, told = train(tiny_dataset, tmp_path, earlier=[-0.01] * 5)
    assert list(told.intermediate_values) == [1, 2, 3, 4, 5, 6]


def test_a_trial_whose_loss_diverges_is_no_error_of_the_user(tiny_dataset, tmp_path, monkeypatch):
    of_epoch = batches.of_epoch

    def not_a_number(*arguments, **settings):
        for images, targets in of_epoch(*arguments, **settings):
            yield images, targets * np.nan

    monkeypatch.setattr(batches, "of_epoch", not_a_number)
    run, told = train(tiny_dataset, tmp_path)
    assert told.user_attrs[trial.REASON].startswith("the loss is nan in phase 'head', epoch 1, step 1")
    assert told.intermediate_values == {}
    assert run_folder.read_record(run) is None


def test_what_else_is_wrong_with_a_training_is_an_error(tiny_dataset, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").touch()
    with pytest.raises(InputError, match="run exists and is not a run folder"):
        train(tiny_dataset, tmp_path)
