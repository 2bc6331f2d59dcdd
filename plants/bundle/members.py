"""The runs that go into one zip, and whether they fit together."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from plants import terminal
from plants.bundle import zip_file
from plants.contests import contest as contests
from plants.contests.contest import Contest
from plants.errors import InputError
from plants.runs import run_folder
from plants.runs.run_folder import Run


def open_members(paths: Sequence[str | Path], *, announce: Callable[[str], None] = print) -> list[Run]:
    """The runs in `paths`, or their members, in an order that does not depend on that of the paths.

    `announce` takes a line for each run that was interrupted. Raises InputError if a
    folder is no run that has ended, or if the runs do not fit together.
    """
    runs = [run_folder.open_run(path) for path in paths]
    for run in runs:
        if run.interrupted or any(member.interrupted for member in run.averaged):
            announce(f"note: the training in {run.path} was interrupted; its best weights so far are used")
    by_weights: dict[str, Run] = {}
    for member in (member for run in runs for member in run.averaged):
        check_fit(runs[0], member)
        digest = weights_digest(member)
        if digest in by_weights:
            raise InputError(
                f"{by_weights[digest].path} and {member.path} hold the same weights; name each run once"
            )
        by_weights[digest] = member
    return [by_weights[digest] for digest in sorted(by_weights)]


def contest_of(members: Sequence[Run], asked: str | None = None) -> Contest:
    """The contest that a zip of these runs is for: the one asked for, by name or file, else the runs' own.

    Raises InputError if that is not one, or if the one asked for has other classes, numbers them otherwise
    or has images of another size.
    """
    of_runs = {member.contest for member in members}
    if asked is None:
        if len(of_runs) > 1:
            named = ", ".join(sorted(contest.name for contest in of_runs)) + contests.difference(of_runs)
            raise InputError(f"the runs are of different contests, {named}: name one with --contest")
        return members[0].contest
    contest = contests.by_name(asked)
    if all(contest.to_dict() == own.to_dict() for own in of_runs):
        return contest
    first = members[0]
    contest.refuse_unfit(first.class_names, first.image_side, whose=str(first.path))
    if contest.order_of(first.class_names) != first.class_names:
        raise InputError(
            f"{first.path} numbers its classes {terminal.listed(first.class_names)}, {contest.name} "
            f"{terminal.listed(contest.classes)}: train again with --contest {asked}"
        )
    return contest


def check_fit(first: Run, other: Run) -> None:
    """Raises InputError if two runs were trained for other classes, on other sizes or on another split."""
    if other.class_names != first.class_names:
        raise InputError(
            f"{first.path} and {other.path} know different classes: "
            f"{terminal.listed(first.class_names)} against {terminal.listed(other.class_names)}. "
            "Name only runs of one data set"
        )
    if other.image_side != first.image_side:
        raise InputError(
            f"{first.path} and {other.path} know images of different sizes, {first.image_side} against "
            f"{other.image_side} pixels. Name only runs of one data set"
        )
    if other.split_hash != first.split_hash:
        raise InputError(
            f"{first.path} and {other.path} were trained on different splits, {first.split_hash[:12]} "
            f"against {other.split_hash[:12]}: one may have seen what was held out from the other. "
            "Name only runs of the same data, split_seed and holdout"
        )


def weights_digest(member: Run) -> str:
    """sha256 of the weights, of all nets of a composition. Raises InputError if a file is missing."""
    digests = [_file_digest(net.path / run_folder.WEIGHTS) for net in member.nets]
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def _file_digest(path: Path) -> str:
    if not path.is_file():
        raise InputError(f"{path} is missing: the run has no weights to use; train again")
    return zip_file.sha256(path)
