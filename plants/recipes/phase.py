"""The stretches that a training is made of."""

import dataclasses
import re

from plants.recipes.field_checks import check, check_choice, check_idle, check_range


@dataclasses.dataclass(frozen=True)
class Phase:
    """One stretch of training with one optimizer."""

    name: str  # shown in logs and figures
    epochs: int  # at most
    learning_rate: float  # the peak, for the recipe's batch size
    image_size: int  # pixels per side the images are resized or padded to, in the graph
    trainable: str = "all"  # layers of the backbone that learn: "none", "all", the last of those that
    # hold weights: "last-20", or "norms": scale, shift and statistics of its normalization alone
    batch_norm: str = "trained"  # in the backbone; "trained": batch statistics, and the moving
    # ones follow; "frozen": the pretrained moving statistics are used and kept
    optimizer: str = "adam"  # "adam", or "adamw" with decoupled weight decay
    weight_decay: float = 0.0  # per step, times the learning rate; never on norms and biases
    schedule: str = "constant"  # "constant", or "cosine": falls to 0 on a half cosine
    warmup_epochs: float = 0.0  # the learning rate grows linearly from 0
    monitor: str = "accuracy"  # on validation, picks the best epoch: "accuracy", its Keras name for
    # one-hot labels "categorical_accuracy", "auc" (area under the ROC curve), or "loss"
    patience: int = 0  # epochs without a better monitor before the phase ends; 0: never ends early,
    # nor does it without validation images (holdout=0)
    ema: float = 0.0  # what a moving average of the weights keeps of itself in a step, such as 0.998; the
    # average is validated and kept, while the weights go on without it; 0: none
    soup: int = 0  # of the best so many epochs, the mean of those that make validation no worse; kept if it
    # is as good as the best one alone. Without validation the mean of the last so many; 0: none
    augmented: bool = True  # whether its images are changed and mixed at random; where they are not, a frozen
    # backbone sees each once, as in a prediction (without drop-path), and the head learns from its features
    strength: float = 1.0  # factor on all ranges of the augmentation; flips and quarter turns stay
    mixed_epochs: int = -1  # epochs in which images are mixed, from the first on; -1: all

    def __post_init__(self) -> None:
        partly = re.fullmatch("none|all|norms|last-[1-9][0-9]*", self.trainable)
        check(
            partly,
            self,
            "trainable",
            "'none', 'all', 'norms' or 'last-<number of layers>', such as 'last-20'",
        )
        check_choice(self, "batch_norm", ("trained", "frozen"))
        check_choice(self, "optimizer", ("adam", "adamw"))
        check_choice(self, "schedule", ("constant", "cosine"))
        check_choice(self, "monitor", ("accuracy", "categorical_accuracy", "auc", "loss"))
        check_range(self, "epochs", 1, 10_000)
        check_range(self, "image_size", 32, 1024)
        check_range(self, "patience", 0, 10_000)
        check_range(self, "ema", 0.0, 0.99999)
        several = self.soup == 0 or 2 <= self.soup <= self.epochs
        check(several, self, "soup", f"0, or a number from 2 to the {self.epochs} epochs")
        check_range(self, "strength", 0.0, 2.0)
        check_range(self, "mixed_epochs", -1, self.epochs - 1)
        check_range(self, "weight_decay", 0.0, 1.0)
        check_range(self, "warmup_epochs", 0.0, self.epochs)
        check(0 < self.learning_rate <= 10, self, "learning_rate", "above 0, at most 10")
        # Settings that would do nothing are mistakes.
        decays = self.optimizer == "adamw" or self.weight_decay == 0
        check(decays, self, "weight_decay", "0 with optimizer 'adam', or optimizer 'adamw'")
        learns = self.trainable != "none" or self.batch_norm == "frozen"
        check(learns, self, "batch_norm", "'frozen' where trainable is 'none'")
        learns = self.trainable != "norms" or self.batch_norm == "trained"
        check(learns, self, "batch_norm", "'trained' where trainable is 'norms'")
        for field in ("strength", "mixed_epochs"):
            check_idle(self, field, not self.augmented, "augmented=false")
