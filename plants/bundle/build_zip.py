"""The runs of a submission -> submission.zip."""

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from plants import files
from plants.bundle import export, manifest, parity, zip_file
from plants.contests.contest import Contest
from plants.errors import InputError
from plants.runs.load_net import load_factors, product
from plants.runs.run_folder import Run

MODEL_CLASS = Path(__file__).parents[2] / "submission" / "model.py"


@dataclasses.dataclass(frozen=True)
class BuiltZip:
    """What was built."""

    path: Path
    bytes: int
    sha256: str
    validation: dict[str, Any] | None  # n and accuracy


def build(members: Sequence[Run], out: str | Path, contest: Contest | None = None) -> BuiltZip:
    """Makes the zip `out` of the runs from `open_members`: the mean of their probabilities.

    It is for `contest`, by default the one of the runs. The same members give the same bytes. Raises
    InputError, with `out` as it was, if a run's files cannot be read, the exported model does not answer
    as the trained one does, or `out` cannot be written.
    """
    out = Path(out)
    if out.is_dir():
        raise InputError(f"{out} is a folder; --out must name the zip, e.g. {out / 'submission.zip'}")
    groups = [load_factors(member) for member in members]
    try:
        zip_file.sweep(out)
        with zip_file.staging(out) as folder:
            record = fill(folder, members, groups, contest or members[0].contest)
            zip_file.write(folder, out)
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror or error}") from error
    return BuiltZip(out, out.stat().st_size, zip_file.sha256(out), record["scores"]["validation"])


def fill(
    folder: Path, members: Sequence[Run], groups: Sequence[list[keras.Model]], contest: Contest
) -> dict[str, Any]:
    """Writes all files of the zip into `folder`, proves the model right, returns the manifest."""
    # TensorFloat-32 keeps 10 bits: on a GPU, the graph and Keras would round differently.
    tf.config.experimental.enable_tensor_float_32_execution(False)
    shutil.copyfile(MODEL_CLASS, folder / "model.py")
    (folder / "metadata").touch()
    export.export(groups, folder / "SubmissionModel")
    parity.check(members, [product(group) for group in groups], folder)
    record = manifest.make(members, contest, folder)
    files.write_json(folder / manifest.MANIFEST, record)
    return record
