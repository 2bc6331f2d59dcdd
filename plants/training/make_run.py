"""From a plan to a finished run folder."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

from plants.errors import InputError
from plants.nets import backbones
from plants.runs import jobs, reserve, run_folder
from plants.runs.changes import record_changes
from plants.runs.run_folder import EpochLine
from plants.training import composed_run, outlook, phases, single_run
from plants.training.plan import TrainingPlan


@dataclasses.dataclass(frozen=True, eq=False)
class TrainingJob:
    """A plan to be carried out in another process: a `jobs.Job`."""

    plan: TrainingPlan

    @property
    def title(self) -> str:
        return f"training {self.plan.folder}"

    @property
    def folder(self) -> Path:
        return self.plan.folder

    def run(self) -> Path:
        make_run(self.plan)
        return self.folder


def make_run(
    plan: TrainingPlan,
    *,
    say: Callable[[str], None] = print,
    after_epoch: Callable[[EpochLine], None] | None = None,
) -> run_folder.Run:
    """Carries a plan out and leaves a complete run folder; returns its `Run`.

    An unfinished run of the same plan goes on where it stopped. Ctrl-C and a loss that is not finite end
    a run early: the best epoch so far of a single net, or the folds with one at least, are kept as a
    usable run, marked as interrupted, and the error is raised again; a composition can only be gone on with.
    Members are trained one by one, each in a process of its own.
    `after_epoch(line)` is called with each line of metrics.jsonl of a single net.

    Raises InputError if the recipe's weights are not at hand, if the folder holds a finished or another
    run, or if it cannot be written.
    """
    for recipe in plan.net_recipes:
        backbones.weights_file(recipe)  # before there is a folder
    try:
        with reserve.reserve_folder(plan.folder, plan.record):
            record = reserve.begin_record(plan.record, run_folder.read_record(plan.folder))
            outlook.announce(plan, say)
            if record["earlier_tries"]:
                say("an earlier try was with other code or packages than these: run.json names them")
            try:
                if plan.members:
                    return composed_run.train(plan, record, functools.partial(_train_member, plan, say))
                datasets = plan.task.datasets
                training = phases.Training(
                    plan.recipe, datasets, plan.folder, seed=plan.seed, say=say, after_epoch=after_epoch
                )
                return single_run.train(training, record)
            finally:
                reserve.point_latest_to(plan.folder, say=say)
    except OSError as error:
        raise InputError(
            f"cannot write the run in {plan.folder}: {error.strerror or error}; free space or choose another "
            "--out"
        ) from error


def _train_member(plan: TrainingPlan, say: Callable[[str], None], member: TrainingPlan) -> None:
    """Has a member of a plan trained, or gone on with, unless it is finished."""
    there = run_folder.read_record(member.folder)
    if there and there["status"] == run_folder.FINISHED and not record_changes(there, member.record):
        return
    place = f"{plan.members.index(member) + 1} of {len(plan.members)}"
    say(f"\n{member.folder.name} ({place}): {member.task.description}")
    jobs.submit(TrainingJob(member)).result()
