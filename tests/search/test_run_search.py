"""The loop of a search and what it writes; a training is here a record with a score."""

import csv
import dataclasses
import datetime
import json
import re

import optuna
import pytest
from jobs_here import do_jobs_here
from optuna.trial import TrialState

import search as command
from plants import files
from plants.errors import InputError
from plants.recipes import catalog
from plants.runs import run_folder
from plants.search import results, run_search, space, study, study_pictures, trial
from plants.search.search_plan import SearchPlan

RECIPE = dataclasses.replace(catalog.by_name("smoke"), weights="none")
N_TRAINING, N_VALIDATION = 1053, 40  # half of what a recipe's minutes are measured on


@pytest.fixture
def plan(tiny_dataset, tmp_path):
    return SearchPlan(RECIPE, tiny_dataset, folder=tmp_path / "found", study="smoke", num_trials=3)


@pytest.fixture
def outcomes(monkeypatch):
    """The list of what the next trainings come to: a score, or a function of the job."""
    waiting = []

    def train(job):
        outcome = waiting.pop(0)
        job.folder.mkdir(parents=True)
        if callable(outcome):
            return outcome(job)
        split = {"n_training": N_TRAINING, "n_validation": N_VALIDATION}
        record = {"format": run_folder.FORMAT, "status": run_folder.FINISHED, "seconds": 90.0, "split": split}
        files.write_json(job.folder / run_folder.RUN, record | {"validation": {"accuracy": outcome}})

    monkeypatch.setattr(trial.TrialJob, "run", train)
    do_jobs_here(monkeypatch)
    return waiting


def raising(error):
    def outcome(job):
        raise error

    return outcome


def pruned(job):
    """As `TrialJob.run` leaves a trial that it prunes: a reason, and a run that has not ended."""
    opened = optuna.load_study(study_name=job.study, storage=job.url)
    one = optuna.trial.Trial(opened, job.trial_id)
    one.report(0.25, 2)
    one.set_user_attr(trial.REASON, "below the median")


def search(plan):
    said = []
    return run_search.run_search(plan, say=said.append), said


def rows(plan):
    with open(plan.folder / "trials.csv", newline="") as file:
        return list(csv.DictReader(file))


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_the_best_trials_recipe_is_written_as_train_takes_it(plan, outcomes):
    outcomes += [0.5, 0.75, 0.75]
    opened, _ = search(plan)
    found = catalog.by_name(str(plan.folder / "best.json"))
    assert found == dataclasses.replace(
        space.apply(RECIPE, opened.get_trials()[1].params),
        name="smoke-searched",
        summary="trial 1, the best of 3 around smoke: accuracy 0.7500 on the 40 validation images it was "
        "chosen by",
        minutes=3.0,  # 90 s for half the images
    )


def test_searching_around_what_a_search_found_adds_no_second_ending_to_the_name(plan, outcomes):
    outcomes += [0.5]
    again = dataclasses.replace(RECIPE, name="smoke-searched")
    search(dataclasses.replace(plan, num_trials=1, recipe=again))
    assert catalog.by_name(str(plan.folder / "best.json")).name == "smoke-searched"


def test_the_table_has_a_line_per_trial_with_all_it_drew(plan, outcomes):
    outcomes += [0.5, pruned, 0.75]
    opened, _ = search(plan)
    lines = rows(plan)
    told = [[line[name] for name in ("trial", "state", "validation_accuracy", "reason")] for line in lines]
    assert told == [
        ["0", "complete", "0.5", ""],
        ["1", "pruned", "0.25", "below the median"],
        ["2", "complete", "0.75", ""],
    ]
    assert [line["last_step"] for line in lines] == ["", "2", ""]
    for line, one in zip(lines, opened.get_trials(), strict=True):
        assert float(line["dropout"]) == one.params["dropout"]
        assert set(one.params) == {name for name in line if line[name] and name not in results.COLUMNS}


def test_only_the_run_of_the_best_trial_is_kept(plan, outcomes):
    outcomes += [0.5, 0.75, pruned]
    search(plan)
    assert names(plan.folder / "trials") == {"0001"}


def test_each_trial_says_what_it_draws_and_ends_with_its_outcome(plan, outcomes):
    outcomes += [0.5, pruned, 0.75]
    _, said = search(plan)
    assert [re.sub(" in [0-9]+ s(;.*)?$", "", line) for line in said[2::3]] == [
        "trial 0: accuracy 0.5000",
        "trial 1: pruned (below the median)",
        "trial 2: accuracy 0.7500",
    ]
    assert said[6] == "\ntrial 2 (2 of 3 finished)"
    assert said[7].startswith("layers ") and "phases.1.learning_rate " in said[7]


def test_the_eta_is_that_of_the_trials_to_go_at_the_pace_of_the_finished_ones(plan):
    start, opened = datetime.datetime(2026, 1, 1), optuna.create_study(direction="maximize")
    assert run_search._outlook(plan, opened) == "; 3 to go"
    for state, value, minutes in (("COMPLETE", 0.5, 4), ("FAIL", None, 90), ("PRUNED", 0.75, 2)):
        one = optuna.trial.create_trial(state=TrialState[state], value=value)
        one.datetime_start, one.datetime_complete = start, start + datetime.timedelta(minutes=minutes)
        opened.add_trial(one)
    text = "; best 0.5000 in trial 0; {} to go  ETA {}"
    assert run_search._outlook(plan, opened) == text.format(1, "3 min")
    more = dataclasses.replace(plan, num_trials=32)
    assert run_search._outlook(more, opened) == text.format(30, "1 h 30 min")


def test_a_resumed_search_makes_up_what_is_missing_and_nothing_more(plan, outcomes):
    outcomes += [0.5, 0.75, 0.25]
    search(dataclasses.replace(plan, num_trials=2))
    assert len(rows(plan)) == 2
    search(plan)
    search(plan)
    assert len(rows(plan)) == 3 and outcomes == []


def test_a_trial_that_cannot_be_trained_is_failed_and_ends_the_search(plan, outcomes):
    outcomes += [0.5, raising(InputError("weights.h5: no such file"))]
    with pytest.raises(InputError, match="^weights.h5: no such file$"):
        search(plan)
    assert [(line["state"], line["reason"]) for line in rows(plan)] == [
        ("complete", ""),
        ("fail", "weights.h5: no such file"),
    ]
    assert names(plan.folder / "trials") == {"0000"}


def test_ctrl_c_keeps_what_is_finished(plan, outcomes):
    outcomes += [0.5, raising(KeyboardInterrupt())]
    with pytest.raises(KeyboardInterrupt):
        search(plan)
    assert [(line["state"], line["reason"]) for line in rows(plan)][1] == ("fail", "interrupted")
    assert catalog.by_name(str(plan.folder / "best.json")).summary.startswith("trial 0, the best of 1 ")
    assert not names(plan.folder / "owners")


def test_two_searches_at_once_share_the_trials_and_leave_each_others_alone(plan, outcomes):
    def another_search_meanwhile(job):
        outcomes[:] = [0.5, 0.75]
        search(plan)
        outcomes[:] = [0.25]
        job.folder.rmdir()
        job.run()

    outcomes += [another_search_meanwhile]
    opened, said = search(plan)
    assert [one.value for one in opened.get_trials()] == [0.25, 0.5, 0.75]
    assert len({one.params["dropout"] for one in opened.get_trials()}) == 3
    assert not [line for line in said if "lost" in line]
    assert names(plan.folder / "trials") == {"0002"}


def test_a_trial_that_may_run_on_another_computer_is_told_of(plan, outcomes):
    outcomes += [0.5, 0.75]
    opened, _ = search(dataclasses.replace(plan, num_trials=1))
    elsewhere = {"host": "container-1", "lock": "/nowhere/1.lock"}
    study.ask(opened, 2, seed=0, owner=elsewhere)
    _, said = search(plan)
    assert said[-1] == (
        "trial 1 still runs on container-1 (if it has ended there, raise --trials) and counts as one of the 3"
    )
    assert [line["state"] for line in rows(plan)] == ["complete", "running", "complete"]


def test_a_storage_elsewhere_keeps_the_study_and_the_folder_the_rest(plan, outcomes, tmp_path):
    outcomes += [0.5]
    elsewhere = dataclasses.replace(plan, storage=f"sqlite:///{tmp_path}/all.db", study="mine", num_trials=1)
    search(elsewhere)
    assert names(plan.folder) == {"trials", "owners", "trials.csv", "best.json", "history.png"}
    assert optuna.load_study(study_name="mine", storage=elsewhere.storage).best_value == 0.5


def test_a_refused_folder_leaves_no_study_in_a_storage_elsewhere(plan, tmp_path):
    elsewhere = dataclasses.replace(plan, storage=f"sqlite:///{tmp_path}/all.db")
    plan.folder.mkdir()
    (plan.folder / "thesis.tex").touch()
    with pytest.raises(InputError, match="holds 'thesis.tex' and is no folder of a search"):
        search(elsewhere)
    assert not (tmp_path / "all.db").exists()


def test_a_storage_that_cannot_be_used_leaves_none_of_the_folders_that_were_made(plan, tmp_path):
    (tmp_path / "there").mkdir()
    folder = tmp_path / "there" / "new" / "found"
    elsewhere = dataclasses.replace(plan, storage="sqlite:///no/such/folder/x.db", folder=folder)
    with pytest.raises(InputError, match="unable to open database file"):
        search(elsewhere)
    assert names(tmp_path) == {"there"} and not names(tmp_path / "there")


def test_the_run_of_the_best_is_named_only_where_it_is(plan, outcomes, tmp_path, capsys):
    outcomes += [0.5]
    here = dataclasses.replace(plan, storage=f"sqlite:///{tmp_path}/all.db", num_trials=1)
    there = dataclasses.replace(here, folder=tmp_path / "there")
    command.report(here, search(here)[0], [])
    assert f"validation images; its run is {plan.folder / 'trials' / '0000'}\n" in capsys.readouterr().out
    command.report(there, search(there)[0], [])
    assert (
        "best: trial 0, chosen for its accuracy 0.5000 on 40 validation images\n" in capsys.readouterr().out
    )


# Importance


def test_importance_needs_two_trials_of_different_accuracy(plan, outcomes):
    outcomes += [0.5, 0.5, 0.75]
    opened, _ = search(dataclasses.replace(plan, num_trials=2))
    assert study_pictures.importance(opened) == {}
    assert "importance.png" not in names(plan.folder)
    opened, _ = search(plan)
    assert sum(study_pictures.importance(opened).values()) == pytest.approx(1)
    assert "importance.png" in names(plan.folder)


def test_importance_finds_the_parameter_that_decides():
    opened = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))

    def accuracy(one):
        one.suggest_float("noise", 0, 1)
        return one.suggest_float("dropout", 0, 1)

    opened.optimize(accuracy, n_trials=30)
    shares = study_pictures.importance(opened)
    assert list(shares) == ["dropout", "noise"] and shares["dropout"] > 0.9


def test_the_points_of_the_history_are_the_trials_accuracies():
    opened = optuna.create_study(direction="maximize")
    for state, value in ((TrialState.COMPLETE, 0.5), (TrialState.FAIL, None), (TrialState.COMPLETE, 0.75)):
        opened.add_trial(optuna.trial.create_trial(state=state, value=value))
    assert study_pictures.points_of(opened.get_trials(), TrialState.COMPLETE) == [(0, 0.5), (2, 0.75)]


# Bad input


def test_with_no_completed_trial_there_is_no_best_recipe(plan, outcomes):
    outcomes += [pruned]
    search(dataclasses.replace(plan, num_trials=1))
    assert "best.json" not in names(plan.folder)


def test_a_folder_of_other_things_is_refused(plan):
    plan.folder.mkdir()
    (plan.folder / "thesis.tex").touch()
    with pytest.raises(InputError, match="found holds 'thesis.tex' and is no folder of a search: choose"):
        search(plan)
    assert names(plan.folder) == {"thesis.tex"}


def test_a_folder_that_cannot_be_made_is_refused(plan):
    plan.folder.touch()
    with pytest.raises(InputError, match="cannot search in .*found: File exists; choose another --out"):
        search(plan)


def test_too_few_images_are_refused_before_anything_is_there(plan):
    few = plan.dataset.subset(range(12))  # ten of the first class, two of the second, none of the third
    with pytest.raises(InputError, match="class fern has too few images to split"):
        search(dataclasses.replace(plan, dataset=few))
    assert not plan.folder.exists()


def test_missing_weights_are_refused_before_anything_is_there(plan, outcomes):
    recipe = dataclasses.replace(RECIPE, weights="mine.weights.h5")
    with pytest.raises(InputError, match="^there is no weights file mine.weights.h5; name another with "):
        search(dataclasses.replace(plan, recipe=recipe))
    assert not plan.folder.exists()


def test_the_folder_of_another_search_is_refused(plan, outcomes):
    outcomes += [0.5]
    search(dataclasses.replace(plan, num_trials=1))
    with pytest.raises(
        InputError, match="the study 'smoke' in sqlite.* is of another search: seed .0, now 7.;"
    ):
        search(dataclasses.replace(plan, seed=7))


def test_the_best_run_of_a_study_that_is_gone_is_not_swept_away(plan, outcomes):
    outcomes += [0.5]
    search(dataclasses.replace(plan, num_trials=1))
    (plan.folder / "study.db").unlink()
    with pytest.raises(
        InputError, match="trials holds runs, but the study 'smoke' has no trials yet: choose"
    ):
        search(plan)
    assert names(plan.folder / "trials") == {"0000"}


def test_results_that_cannot_be_written_are_told_of(plan, outcomes):
    outcomes += [0.5]
    (plan.folder / "trials.csv").mkdir(parents=True)
    with pytest.raises(InputError, match="cannot write the results in .*found: .*the same command again"):
        search(plan)


def test_what_a_recipe_file_holds_is_json_of_a_recipe(plan, outcomes):
    outcomes += [0.5]
    search(dataclasses.replace(plan, num_trials=1))
    values = json.loads((plan.folder / "best.json").read_text())
    assert (values["name"], values["image_size"]) == ("smoke-searched", 64)
