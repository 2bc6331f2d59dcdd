"""The study of a search: whose it is, when a trial is pruned, and which trials are lost."""

import dataclasses
import datetime
import errno
import fcntl
import json
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from plants.errors import InputError
from plants.recipes import catalog
from plants.runs.changes import TrainingInputs
from plants.search import lease, study

REPO = Path(__file__).parents[2]
SMOKE = catalog.by_name("smoke")  # two phases
RECIPE = dataclasses.replace(
    SMOKE, phases=tuple(dataclasses.replace(phase, epochs=8) for phase in SMOKE.phases)
)
ELSEWHERE = {"host": "no-such-computer", "lock": "/nowhere/1.lock"}


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/study.db"


@pytest.fixture
def opened(url):
    return study.open_study(url, "tiny", RECIPE)


def completed(value, at_steps=()):
    steps = dict.fromkeys(at_steps, value)
    return optuna.trial.create_trial(state=TrialState.COMPLETE, value=value, intermediate_values=steps)


def states(opened):
    return [trial.state.name for trial in opened.get_trials()]


# When a trial is pruned


@pytest.mark.parametrize(
    "line, step",
    [
        ({"phase": 0, "epoch": 1}, 1),
        ({"phase": 0, "epoch": 8}, 8),
        ({"phase": 1, "epoch": 1}, 9),  # however early patience ended the phase before
        ({"phase": 1, "epoch": 8}, 16),
    ],
)
def test_steps_count_each_phase_in_full(line, step):
    assert study.step_of(RECIPE, line) == step


@pytest.mark.parametrize(
    "step, best, pruned",
    [
        (9, 0.1, False),  # in the first quarter of the last phase: 8 + 2 epochs
        (10, 0.69, True),  # the median of 0.5, 0.6, 0.7, 0.8 and 0.9 is 0.7
        (10, 0.7, False),
        (16, 0.69, True),
    ],
)
def test_a_trial_below_the_median_is_pruned_once_the_last_phase_has_begun(opened, step, best, pruned):
    for value in (0.5, 0.6, 0.7, 0.8, 0.9):
        opened.add_trial(completed(value, at_steps=range(1, 17)))
    trial = opened.ask()
    trial.report(best, 1)
    trial.report(0.0, step)  # what counts is its best epoch so far
    assert bool(trial.should_prune()) is pruned


def test_nothing_is_pruned_before_five_trials_are_completed(opened):
    for value in (0.6, 0.7, 0.8, 0.9):
        opened.add_trial(completed(value, at_steps=range(1, 17)))
    trial = opened.ask()
    trial.report(0.0, 16)
    assert not trial.should_prune()


# How many trials there are


def test_finished_and_running_trials_count_failed_ones_are_made_up_for(opened):
    opened.add_trial(completed(0.5))
    opened.tell(opened.ask(), state=TrialState.FAIL)
    opened.tell(opened.ask(), state=TrialState.PRUNED)
    assert study.ask(opened, 2, seed=0, owner=ELSEWHERE) is None
    assert study.ask(opened, 3, seed=0, owner=ELSEWHERE).number == 3
    assert study.ask(opened, 3, seed=0, owner=ELSEWHERE) is None  # one of the three still runs
    assert states(opened) == ["COMPLETE", "FAIL", "PRUNED", "RUNNING"]


def drawn(opened, seed):
    return study.ask(opened, 99, seed=seed, owner=ELSEWHERE).suggest_float("dropout", 0.0, 1.0)


def test_draws_follow_from_the_seed_and_the_trials_before_not_from_the_process(opened, url, tmp_path):
    first, second = drawn(opened, seed=3), drawn(study.open_study(url, "tiny", RECIPE), seed=3)
    assert first != second  # a search that goes on does not repeat itself
    other = study.open_study(f"sqlite:///{tmp_path}/other.db", "tiny", RECIPE)
    assert [drawn(other, seed=3), drawn(other, seed=3)] == [first, second]
    assert drawn(study.open_study(url, "another", RECIPE), seed=4) != first


# Lost trials

WAITS = """
import json, pathlib, sys, time
from plants.search import lease
with lease.owner(pathlib.Path(sys.argv[1])) as mark:
    print(json.dumps(mark), flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other_process(tmp_path):
    """A process that holds a lease, and its mark."""
    arguments = [sys.executable, "-c", WAITS, str(tmp_path / "owners")]
    process = subprocess.Popen(arguments, cwd=REPO, stdout=subprocess.PIPE, text=True)
    with process:
        yield process, json.loads(process.stdout.readline())
        process.kill()


def test_only_trials_of_a_dead_process_are_failed(opened, other_process, tmp_path):
    process, mark = other_process
    with lease.owner(tmp_path / "mine") as mine:
        for owner in (mine, mark, ELSEWHERE):
            study.ask(opened, 99, seed=0, owner=owner)
        assert study.fail_lost(opened) == []
        process.kill()
        process.wait()
        assert study.fail_lost(opened) == [1]
        assert study.fail_lost(opened) == []
    assert states(opened) == ["RUNNING", "FAIL", "RUNNING"]


def test_a_container_whose_lock_lies_here_is_known_to_be_dead(opened, other_process):
    process, mark = other_process
    study.ask(opened, 99, seed=0, owner=mark | {"host": "container-1"})
    study.ask(opened, 99, seed=0, owner=mark)
    assert study.fail_lost(opened) == []
    assert study.running(opened) == [(0, "container-1"), (1, None)]
    process.kill()
    process.wait()
    assert study.fail_lost(opened) == [0, 1]
    assert study.running(opened) == []


def test_where_there_are_no_locks_a_process_is_known_by_its_number_and_start(
    opened, other_process, tmp_path, monkeypatch
):
    def flock(descriptor, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    process, mark = other_process
    reused = mark | {"started": str(float(mark["started"]) - 100)}  # another had the number before
    unknown = {name: mark[name] for name in ("host", "lock")}  # as marks were once
    with lease.owner(tmp_path / "mine") as mine:
        for owner in (mine, mark, reused, unknown, mark | {"host": "container-1"}):
            study.ask(opened, 99, seed=0, owner=owner)
        assert study.fail_lost(opened) == [2]
        Path(mark["lock"]).touch()  # that of the lost one was removed, which is the same file here
        process.kill()
        process.wait()
        assert study.fail_lost(opened) == [1]


def test_a_process_that_ended_in_good_order_leaves_no_lock_and_is_not_alive(tmp_path):
    with lease.owner(tmp_path) as mark:
        assert lease.is_alive(mark)
        assert [str(path) for path in tmp_path.iterdir()] == [mark["lock"]]
    assert not lease.is_alive(mark)
    assert not list(tmp_path.iterdir())


def test_a_trial_killed_before_it_was_signed_is_lost_after_a_minute(opened):
    past = datetime.datetime.now() - datetime.timedelta(seconds=61)
    for start in (past, datetime.datetime.now()):
        trial = optuna.trial.create_trial(state=TrialState.RUNNING)
        trial.datetime_start = start
        opened.add_trial(trial)
    assert study.fail_lost(opened) == [0]


# Whose study it is


def adopt(opened, url, recipe=RECIPE, *, seed=0, images="a" * 64):
    study.adopt(opened, url, TrainingInputs(recipe, seed, images))


def test_the_same_search_goes_on_whatever_is_said_of_its_recipe(opened, url):
    adopt(opened, url)
    opened.ask()
    adopt(study.open_study(url, "tiny", RECIPE), url, dataclasses.replace(RECIPE, summary="x", minutes=9.0))


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            {"recipe": dataclasses.replace(RECIPE, batch_size=8)},
            "another search: batch_size .32, now 8.; choose",
        ),
        ({"seed": 5}, "another search: seed .0, now 5.; choose another --study"),
        ({"images": "b" * 64}, "another search: its images; choose another --study .and --out."),
    ],
)
def test_another_searchs_study_is_refused_saying_what_differs(opened, url, changes, message):
    adopt(opened, url)
    with pytest.raises(InputError, match=f"the study 'tiny' in sqlite.*study.db is of {message}"):
        adopt(opened, url, **changes)


def test_a_study_over_another_space_is_refused(opened, url, monkeypatch):
    adopt(opened, url)
    monkeypatch.setattr(study, "SPACE", dataclasses.replace(study.SPACE, most_layers=5))
    with pytest.raises(InputError, match="another search: most_layers of the space .3, now 5.;"):
        adopt(opened, url)


def test_a_study_that_search_did_not_make_is_refused_unless_it_is_empty(opened, url):
    opened.add_trial(completed(0.5))
    with pytest.raises(InputError, match="it was not made by search.py; choose another --study"):
        adopt(opened, url)
    adopt(study.open_study(url, "empty", RECIPE), url)


# Storages


@pytest.mark.parametrize(
    "url, message",
    [
        ("here", "the storage 'here' cannot be used: Could not parse"),
        ("sqlite:////nowhere/study.db", "sqlite:////nowhere/study.db cannot be used: unable to open"),
        ("sqlite://", "cannot be used: each trial is a process of its own"),
        ("oracle9://x", "oracle9://x cannot be used: Can't load plugin"),
    ],
)
def test_a_storage_that_cannot_be_used_is_refused_with_its_cause(url, message):
    with pytest.raises(InputError, match=message + ".*; expected the URL of a database that is there"):
        study.open_study(url, "tiny", RECIPE)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "study.db").write_text("thesis" * 1000)
    with pytest.raises(InputError, match="cannot be used: file is not a database"):
        study.open_study(f"sqlite:///{tmp_path}/study.db", "tiny", RECIPE)


def test_a_password_is_never_said():
    assert study.masked("mysql://me:secret@host/name") == "mysql://me:***@host/name"
