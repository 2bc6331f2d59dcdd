"""The state of an unfinished training: one file, so that it can never be half old, half new."""

import dataclasses
import json

import keras
import numpy as np

from plants import files
from plants.runs import run_folder


@dataclasses.dataclass
class State:
    """Where a training stands, after a whole epoch."""

    phase: int = 0  # the phase it is in
    epoch: int = 0  # finished epochs of that phase
    waited: int = 0  # epochs since the monitor was best in that phase
    best: dict | None = None  # the best epoch's line of the history
    history: list = dataclasses.field(default_factory=list)  # a dict per finished epoch
    seconds: float = 0.0  # spent in epochs so far
    cpu_seconds: float = 0.0  # of all processor cores
    parameters: int = 0  # of the net


def save(folder, state, variables):
    """Writes the state and the values of `variables` (net and optimizer), whole or not at all."""
    values = {f"v{index}": keras.ops.convert_to_numpy(variable) for index, variable in enumerate(variables)}
    with files.whole_file(folder / run_folder.CHECKPOINT) as partial, open(partial, "wb") as file:
        np.savez(file, state=json.dumps(dataclasses.asdict(state)), **values)


def load(folder):
    """(state, arrays) of an unfinished training, or (a fresh state, None)."""
    path = folder / run_folder.CHECKPOINT
    if not path.exists():
        return State(), None
    with np.load(path, allow_pickle=False) as stored:
        state = State(**json.loads(str(stored["state"])))
        return state, [stored[f"v{index}"] for index in range(len(stored.files) - 1)]


def restore(variables, arrays):
    """Puts the arrays back into the variables they came from."""
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
