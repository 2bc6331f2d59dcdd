"""The hidden layers between a backbone's features and the logits."""

import dataclasses

from plants.recipes.field_checks import check_choice, check_range


@dataclasses.dataclass(frozen=True)
class Dense:
    """One hidden layer of the head: dense, batch normalization, activation, dropout, in this order."""

    units: int  # neurons
    activation: str = "relu"  # "relu", "elu", "gelu" or "swish"
    initializer: str = "glorot_uniform"  # of the kernel: also "he_uniform" or "he_normal"
    batch_norm: bool = False  # between the neurons and their activation
    dropout: float = 0.0  # drop rate after it
    l1: float = 0.0  # added to the loss, times the sum of the kernel's absolute values
    l2: float = 0.0  # added to the loss, times the sum of the kernel's squares

    def __post_init__(self) -> None:
        check_choice(self, "activation", ("relu", "elu", "gelu", "swish"))
        check_choice(self, "initializer", ("glorot_uniform", "he_uniform", "he_normal"))
        check_range(self, "units", 1, 65_536)
        check_range(self, "dropout", 0.0, 0.95)
        check_range(self, "l1 l2", 0.0, 1.0)
