"""Which of the two answers: a run folder or a submission zip."""

import os
from collections.abc import Callable
from pathlib import Path

from plants.errors import InputError
from plants.prediction.submission_zip import SubmissionZip, open_zip
from plants.prediction.trained_run import TrainedRun


def open_predictor(
    path: str, contest_name: str | None, interpreter: str | None, announce: Callable[[str], None]
) -> TrainedRun | SubmissionZip:
    """The run in a folder, or the zip in a file, of a contest and run by an interpreter that are named.

    Raises InputError if it is neither, or if what only a zip needs is named for a run.
    """
    place = Path(os.path.expanduser(path))
    if place.is_dir():
        for option, value in (("--contest", contest_name), ("--python", interpreter)):
            if value is not None:
                raise InputError(f"{option} does nothing with a run folder, only with a zip; leave it out")
        return TrainedRun(place, announce)
    if not os.path.exists(place):
        raise InputError(
            f"{path}: no such file or folder; expected a run folder of train.py, or a submission zip"
        )
    return open_zip(place, contest_name, interpreter, announce)
