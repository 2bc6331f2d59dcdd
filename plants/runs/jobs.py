"""The one way to have nets trained: folds, compositions, comparisons and trials hand in jobs."""

from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from plants.runs.in_subprocess import run_in_subprocess


class Job(Protocol):
    """A training that any process can do: it can be pickled, and knows all that it needs.

    What it comes to lies in its run folder.
    """

    @property
    def title(self) -> str:
        """What it does, for messages: 'training runs/default/fold0'."""

    @property
    def folder(self) -> Path:
        """The run folder that it leaves."""

    def run(self) -> Path:
        """Trains, in whatever process this is called, and returns `folder`."""


def submit(job: Job) -> Future[Path]:
    """Does a job in a process of its own; its run folder, as a `Future`, which raises what went wrong.

    One job after the other, for now: it has ended when this returns. `executor.submit(job.run)` of a pool
    or a cluster gives the same and can take its place. Ctrl-C is passed on to the job; when that has kept
    what it has and ended, KeyboardInterrupt is raised here, not by the `Future`.
    """
    future: Future[Path] = Future()
    try:
        run_in_subprocess(job.run, doing=job.title)
        future.set_result(job.folder)
    except Exception as error:
        future.set_exception(error)
    return future
