"""The Optuna study of a search: opened or made in its storage, and only if it is the same search's.

The default storage is an SQLite file: a transaction that a kill -9 cuts is rolled back by whoever
opens it next. A line so cut in Optuna's journal file would make the whole journal unreadable.
"""

import contextlib
import dataclasses
import datetime
import math
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import optuna
import sqlalchemy
from optuna.trial import FrozenTrial, TrialState

from plants.errors import InputError
from plants.recipes import recipe as recipes
from plants.recipes.recipe import Recipe
from plants.runs.changes import TrainingInputs, input_changes
from plants.search import lease
from plants.search.space import SPACE

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
SEARCH, OWNER = "search", "owner"  # user attributes of the study, and of a trial
BUSY_SECONDS = 60  # how long SQLite waits for another process that writes
STARTUP_TRIALS = 5  # completed before any is pruned
GRACE = 0.25  # share of the last phase's epochs before a trial is pruned
STORAGE_ERRORS = (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError)
UNSIGNED = datetime.timedelta(minutes=1)  # after which a trial that no process has signed is lost


def open_study(url: str, name: str, recipe: Recipe) -> optuna.Study:
    """The study of a name, made if need be, with the pruner for a recipe.

    Raises InputError if the storage cannot be used.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with reachable(url, ImportError, RuntimeError):  # no driver, or another version's tables
        address = sqlalchemy.make_url(url)
        settings: dict[str, Any] = {"pool_pre_ping": True}
        if address.get_backend_name() == "sqlite":
            if address.database in (None, "", ":memory:"):
                raise RuntimeError("each trial is a process of its own, and would see its own empty memory")
            settings = {"connect_args": {"timeout": BUSY_SECONDS}}
        storage = optuna.storages.RDBStorage(url, engine_kwargs=settings)
        return optuna.create_study(
            study_name=name,
            storage=storage,
            pruner=pruner(recipe),
            direction="maximize",
            load_if_exists=True,
        )


@contextlib.contextmanager
def reachable(url: str, *more: type[Exception]) -> Iterator[None]:
    """Turns what a storage raises in the block, and errors of the kinds `more`, into an InputError."""
    try:
        yield
    except STORAGE_ERRORS + more as error:
        cause = str(error.__cause__ or error).splitlines()[0]
        raise InputError(
            f"the storage {masked(url)} cannot be used: {cause}; expected the URL of a database that is "
            "there, such as sqlite:///search.db or postgresql://user:password@host/name, and its driver"
        ) from error


def masked(url: str) -> str:
    """A storage URL without its password."""
    try:
        return sqlalchemy.make_url(url).render_as_string(hide_password=True)
    except sqlalchemy.exc.ArgumentError:
        return repr(url)


def pruner(recipe: Recipe) -> optuna.pruners.BasePruner:
    """Ends a trial whose best epoch is below the median of the completed ones at the same step.

    Not before the last phase, which decides, has had a share of its epochs: a head that learned
    little beside a frozen backbone says nothing of the fine-tuning.
    """
    *earlier, last = (phase.epochs for phase in recipe.phases)
    warmup = sum(earlier) + math.ceil(GRACE * last)
    return optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS, n_warmup_steps=warmup)


def step_of(recipe: Recipe, line: Mapping[str, Any]) -> int:
    """The step of a line of metrics.jsonl: epochs before it from 1, each phase counted in full.

    So the steps of two trials mean the same, even if patience ended a phase of one early.
    """
    return sum(phase.epochs for phase in recipe.phases[: line["phase"]]) + line["epoch"]


def adopt(study: optuna.Study, url: str, inputs: TrainingInputs) -> None:
    """Marks a new study as that of the search around these inputs.

    Raises InputError if it is another search's: of another recipe, seed, images or space.
    """
    now = {"recipe": recipes.to_dict(inputs.recipe), "seed": inputs.seed, "images": inputs.images}
    now["space"] = dataclasses.asdict(SPACE)
    there = study.user_attrs.get(SEARCH)
    if there is None and not study.get_trials(deepcopy=False):
        study.set_user_attr(SEARCH, now)
        return
    changed = ["it was not made by search.py"] if there is None else _changes(there, now, inputs)
    if changed:
        raise InputError(
            f"the study {study.study_name!r} in {masked(url)} is of another search: {', '.join(changed)}; "
            "choose another --study (and --out), or give the command it was made with"
        )


def _changes(there: Mapping[str, Any], now: Mapping[str, Any], inputs: TrainingInputs) -> list[str]:
    """In what the mark of a study differs from that of this search, as phrases for a message."""
    try:
        earlier = TrainingInputs(recipes.from_dict(there["recipe"]), there["seed"], there["images"])
        changed = input_changes(earlier, inputs)
    except InputError as error:
        changed = [f"its recipe is of another version ({error})"]
    return changed + [
        f"{name} of the space ({there['space'].get(name)}, now {value})"
        for name, value in now["space"].items()
        if there["space"].get(name) != value
    ]


def fail_lost(study: optuna.Study) -> list[int]:
    """Marks the running trials whose process has ended as failed; returns their numbers."""
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    lost = [trial for trial in running if _is_lost(trial)]
    for trial in lost:
        study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
        if OWNER in trial.user_attrs:
            lease.forget(trial.user_attrs[OWNER])
    return [trial.number for trial in lost]


def running(study: optuna.Study) -> list[tuple[int, str | None]]:
    """(number, host) of each trial that another search is at, as far as is known; None for this host."""
    trials = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return [(trial.number, lease.other_host(trial.user_attrs.get(OWNER))) for trial in trials]


def _is_lost(trial: FrozenTrial) -> bool:
    if OWNER in trial.user_attrs:
        return not lease.is_alive(trial.user_attrs[OWNER])
    began = trial.datetime_start
    return began is not None and datetime.datetime.now() - began > UNSIGNED  # killed before it was signed


def ask(study: optuna.Study, num_trials: int, *, seed: int, owner: lease.Mark) -> optuna.Trial | None:
    """A new trial, signed by its owner, or None if there are `num_trials` that finished or still run.

    What it draws follows from the seed and the trials before it.
    """
    counted = study.get_trials(deepcopy=False, states=(*FINISHED, TrialState.RUNNING))
    if len(counted) >= num_trials:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.sampler = optuna.samplers.TPESampler(
            seed=(seed + 1009 * len(study.get_trials(deepcopy=False))) % 2**32,
            multivariate=True,
            group=True,  # since the units of a layer are drawn only where there is one
            constant_liar=True,  # for searches side by side
        )
    trial = study.ask()
    trial.set_user_attr(OWNER, owner)
    return trial
