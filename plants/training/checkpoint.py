"""The state of an unfinished training: one file, so that it can never be half old, half new."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from plants.runs import run_folder
from plants.runs.run_folder import EpochLine
from plants.training import weight_values


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
    souped: bool = False  # whether the soup of that phase has been tried


def save(folder: Path, state: TrainingState, variables: Sequence[keras.Variable]) -> None:
    """Writes the state and the values of `variables` (net, optimizer, average), whole or not at all."""
    stored = json.dumps(dataclasses.asdict(state))
    weight_values.write(folder / run_folder.CHECKPOINT, variables, state=stored)


def load(folder: Path) -> tuple[TrainingState, weight_values.Values | None]:
    """State and arrays of an unfinished training, or a fresh state and None."""
    path = folder / run_folder.CHECKPOINT
    if not path.exists():
        return TrainingState(), None
    with np.load(path, allow_pickle=False) as stored:
        state = TrainingState(**json.loads(str(stored["state"])))
        return state, weight_values.read(stored)
