"""A submission zip answers, behind the walls and under the limits of the harness."""

import contextlib
import dataclasses
import functools
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from plants.contests import contest as contests
from plants.errors import HarnessError
from plants.harness import choose_contest, judge
from plants.harness.checks import contract, zip_checks
from plants.harness.checks.archive import Archive, unpack
from plants.harness.faults import CATALOGUE, Fault, in_order
from plants.harness.profiles import PROFILES, Profile
from plants.harness.report import table
from plants.harness.run import reconcile, runner
from plants.harness.run.runner import Outcome
from plants.prediction.answers import Answers
from plants.prediction.questions import Questions
from plants.sandbox.isolation import require_system


class Rejected(Exception):
    """The zip has faults that keep it from answering; one line that says so."""


@dataclasses.dataclass(frozen=True)
class SubmissionZip:
    """A zip that can be asked: see `open_zip`."""

    path: Path
    class_names: tuple[str, ...]
    image_side: int
    profile: Profile  # of the server that it was made for
    interpreter: str | None  # that runs it, as a path or a command; None is this one
    announce: Callable[[str], None]  # takes its faults, and notes, in lines

    def answer(self, images: npt.NDArray[np.uint8], *, probabilities: bool = False) -> Answers:
        """The Answers to images (n, side, side, 3), n at least 1, with probabilities if they are asked for.

        Raises Rejected if a fault rejects the zip, InputError if it has no probabilities to give, and
        HarnessError where it cannot be run here.
        """
        questions = Questions(self.path, images, len(self.class_names), wants_probabilities=probabilities)
        try:
            faults, notes = self._run(questions)
        except OSError as error:
            raise HarnessError(str(error)) from error
        finally:
            questions.progress.wipe()
        self._say(faults, notes)
        return Answers(self.class_names, questions.labels, questions.probabilities)

    def _run(self, questions: Questions) -> tuple[list[Fault], list[str]]:
        """Has the questions asked; faults and notes on what came to light. Raises as `answer` does."""
        profile = questions.with_time_for_all(self.profile)
        with contextlib.ExitStack() as stack:
            archive, suspected = self._checked(stack)
            require_system()
            workspace = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve()
            unpack(archive, workspace / "submission")
            new_session = functools.partial(
                runner.isolated,
                workspace,
                len(self.class_names),
                profile,
                interpreter=runner.find_interpreter(self.interpreter),
            )
            outcome = Outcome()
            runner.run(new_session, questions.first, outcome, questions.ask)
            # Which files it opened decides only what its server would take.
            faults = reconcile.reconcile(suspected, outcome, archive, opened=None, profile=profile)
            return faults, outcome.notes

    def _checked(self, stack: contextlib.ExitStack) -> tuple[Archive, list[Fault]]:
        """The zip, which the stack closes, and its faults so far. Raises Rejected if a run is in vain."""
        archive, faults = zip_checks.open_archive(self.path, self.profile)
        if archive:
            stack.callback(archive.close)
            faults += contract.faults_of(archive, self.profile)
        if archive is None or any(fault.rejects and CATALOGUE[fault.code].ends_check for fault in faults):
            self._say(faults)
            raise self._rejected()
        return archive, faults

    def _say(self, faults: list[Fault], notes: Sequence[str] = ()) -> None:
        """Announces them. Raises Rejected if one of the faults rejects."""
        for fault in in_order(faults):
            for line in table.fault_lines(fault):
                self.announce(line)
        for note in notes:
            self.announce(f"note: {note}")
        if any(fault.rejects for fault in faults):
            raise self._rejected()

    def _rejected(self) -> Rejected:
        return Rejected(f"{self.path}: rejected for what is said above; nothing was written")


def open_zip(
    path: Path, contest_name: str | None, interpreter: str | None, announce: Callable[[str], None]
) -> SubmissionZip:
    """The zip at `path`, with the classes of its manifest, else those of the contest of a name or file.

    Of a zip that says nothing, without a contest, the classes are called by their numbers; `announce` is
    told. Raises InputError if there is no such file, or if it is not of the contest.
    """
    judge.refuse_missing(path)
    manifest = choose_contest.manifest_of(path)
    contest = contests.default() if contest_name is None else contests.by_name(contest_name)
    side = contest.image_side
    if manifest:
        side = manifest.image_side or side
        if contest_name is None:
            contest = manifest.contest
        else:
            contest.refuse_unfit(manifest.class_names, side, whose=str(path), complete=False)
        names = contest.numbered(manifest.class_names)
    elif contest_name is None:
        names = tuple(map(str, range(len(contest.classes))))
        announce(
            f"{path} does not say what its classes are called: the labels are their numbers, 0 to "
            f"{len(names) - 1} as in {contest.name}, and images have {side}x{side} pixels; --contest "
            "names another contest and its classes"
        )
    else:
        names = contest.classes
    return SubmissionZip(path, names, side, PROFILES[contest.profile], interpreter, announce)
