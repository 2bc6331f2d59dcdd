"""What learns in a phase of a training, and from what."""

import contextlib
import dataclasses
from collections.abc import Sequence

import keras

from plants.training import batches
from plants.training.moving_average import MovingAverage


@dataclasses.dataclass(frozen=True, eq=False)
class Learner:
    """The net of a phase, with all that its steps change."""

    net: keras.Model  # whose weights are kept
    model: keras.Model  # the part of it that takes the steps, compiled: the whole, or the head alone
    training: batches.Inputs  # what that part is fed: the images, or their features
    validation: batches.Inputs
    variables: Sequence[keras.Variable]  # what a checkpoint must hold
    average: MovingAverage | None = None  # of the net's weights; it, not they, is validated and kept

    def showing_what_is_kept(self) -> contextlib.AbstractContextManager[None]:
        """While the block runs, the net has the weights that are validated and kept."""
        return self.average.in_place() if self.average else contextlib.nullcontext()
