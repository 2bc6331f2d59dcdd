"""The state of an unfinished training: one file, so that it can never be half old, half new."""

import dataclasses
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from plants import files
from plants.runs import run_folder
from plants.runs.run_folder import EpochLine


@dataclasses.dataclass
class TrainingState:
    """Where a training stands, after a whole epoch."""

    phase: int = 0  # the phase it is in
    epoch: int = 0  # finished epochs of that phase
    waited: int = 0  # epochs since the monitor was best in that phase
    best: EpochLine | None = None
    history: list[EpochLine] = dataclasses.field(default_factory=list)  # of the finished epochs
    seconds: float = 0.0  # spent in epochs so far
    cpu_seconds: float = 0.0  # of all processor cores
    parameters: int = 0  # of the net


def save(folder: Path, state: TrainingState, variables: Iterable[keras.Variable]) -> None:
    """Writes the state and the values of `variables` (net and optimizer), whole or not at all."""
    values: dict[str, Any] = {
        f"v{index}": keras.ops.convert_to_numpy(variable) for index, variable in enumerate(variables)
    }
    with files.whole_file(folder / run_folder.CHECKPOINT) as partial, open(partial, "wb") as file:
        np.savez(file, state=json.dumps(dataclasses.asdict(state)), **values)


def load(folder: Path) -> tuple[TrainingState, list[npt.NDArray[Any]] | None]:
    """State and arrays of an unfinished training, or a fresh state and None."""
    path = folder / run_folder.CHECKPOINT
    if not path.exists():
        return TrainingState(), None
    with np.load(path, allow_pickle=False) as stored:
        state = TrainingState(**json.loads(str(stored["state"])))
        return state, [stored[f"v{index}"] for index in range(len(stored.files) - 1)]


def restore(variables: Sequence[keras.Variable], arrays: Sequence[npt.NDArray[Any]]) -> None:
    """Puts the arrays back into the variables they came from."""
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
