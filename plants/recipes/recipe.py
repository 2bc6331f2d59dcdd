"""What a recipe is: frozen, complete, checked when it is made."""

import dataclasses
import re
from typing import Any

from plants.errors import InputError
from plants.recipes.augmentation import Augmentation
from plants.recipes.field_checks import check, check_choice, check_idle, check_range
from plants.recipes.head import Dense
from plants.recipes.phase import Phase
from plants.recipes.stored_fields import from_fields

__all__ = ("Augmentation", "Dense", "Phase", "Recipe", "from_dict", "to_dict")

HOLDOUT = 0.15  # the fixed share of the test split
MEASURED_ON = 2106  # images trained on when a recipe's minutes were measured
BACKBONES = (
    *("lite0", "lite1", "lite2"),
    *("vgg16", "vgg19"),
    *("efficientnetb0", "efficientnetb7", "efficientnetv2b0", "efficientnetv2l"),
    "convnextlarge",
)
NEAR_COPIES_ON, NEAR_COPIES_OFF = "on", "off"
SINGLE, ONE_VS_REST, HIERARCHICAL = "single", "one-vs-rest", "hierarchical"


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights, apart from the data and the seed."""

    name: str  # lower case with hyphens
    summary: str  # one line for --list
    minutes: float  # expected on the contest's data and 2 CPU cores; said before training
    phases: tuple[Phase, ...]  # one after the other, each from the best weights so far
    image_size: int  # pixels per side when it predicts; resizing is part of the graph
    backbone: str = "lite0"  # one of BACKBONES
    weights: str = "imagenet"  # of the backbone: "imagenet", "none" (random) or a file's path
    fit: str = "resize"  # to image_size, in the graph: "resize", or "pad" with black all round
    interpolation: str = "bicubic"  # how the graph resizes: "nearest", "bilinear" or "bicubic"
    augmentation: Augmentation = Augmentation()  # of the training images; padded before, if they are
    mixing: str = "none"  # of two images and their labels: "mixup", "cutmix", or "either" per batch;
    # no "cutmix" with "pad"
    mixing_alpha: float = 1.0  # the share of the second image comes from Beta(alpha, alpha)
    mixing_share: float = 1.0  # chance of each batch to be mixed
    batch_size: int = 32  # images per step
    drop_path: float = 0.0  # of Lite: drop rate of residual branches, linear from 0 to this
    norm_momentum: float = 0.99  # of Lite: of its moving statistics, per step
    pooling: str = "average"  # of the backbone's maps: "average" over them, or "flatten"
    feature_noise: float = 0.0  # standard deviation of Gaussian noise on the pooled features, training
    dropout: float = 0.0  # drop rate of the pooled features
    head: tuple[Dense, ...] = ()  # hidden layers between them and the logits
    imbalance: str = "none"  # "class-weight": Keras's, balanced; "own-weight": label . weights, so
    # right with mixed labels; "oversampling": of rare classes, to as many as the largest has
    label_smoothing: float = 0.0  # share of the label spread evenly over all classes
    logit_adjustment: float = 0.0  # for macro-F1: times each class's log share of the training images, added
    # to the logits in the loss alone; 1: the logits answer as if classes were alike in number
    clip_norm: float = 0.0  # largest global norm of a gradient; 0: not clipped
    views: int = 1  # symmetries averaged in a prediction: 1; 2: + mirrored; 4: flips; 8: + turned
    split_seed: int = 0  # of the split into training, validation and test split
    holdout: float = HOLDOUT  # share of the test split; 0 trains on everything, for the final upload: one net
    # without validation, folds each with its own
    near_copies: str = NEAR_COPIES_ON  # kept together by split and folds; "off": only exact copies are
    folds: int = 0  # nets, each validated on another part of training and validation; 0: one, fixed split
    first_fold_only: bool = False  # trains only the first of the folds
    ensemble: str = ""  # nets whose answers are averaged, each by what it changes of this recipe, as with
    # --set: "backbone=lite0; backbone=lite1 views=8"; with folds, so many nets a fold. "": one
    composition: str = SINGLE  # "single" net; "one-vs-rest": a binary one for each class;
    # "hierarchical": one net for bundles of classes, then one within each bundle
    bundles: str = ""  # of hierarchical: "Species1+Species8/Species2/..."; "" finds them
    bundles_from: str = ""  # the run in whose validation answers they are found. The same images then pick
    # the epochs and give the validation score, with folds or without, so it flatters; the test split does not
    bundle_count: int = 4  # how many are found

    def __post_init__(self) -> None:
        hyphenated = re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", self.name)  # it becomes part of a path
        check(hyphenated, self, "name", "lower case with hyphens")
        check(len(self.summary.splitlines()) == 1, self, "summary", "one line")
        check(len(self.phases) > 0, self, "phases", "at least one phase")
        check_choice(self, "backbone", BACKBONES)
        check_choice(self, "fit", ("resize", "pad"))
        check_choice(self, "interpolation", ("nearest", "bilinear", "bicubic"))
        check_choice(self, "mixing", ("none", "mixup", "cutmix", "either"))
        check_choice(self, "pooling", ("average", "flatten"))
        check_choice(self, "imbalance", ("none", "class-weight", "own-weight", "oversampling"))
        check_choice(self, "composition", (SINGLE, ONE_VS_REST, HIERARCHICAL))
        check_choice(self, "near_copies", (NEAR_COPIES_ON, NEAR_COPIES_OFF))
        check_choice(self, "views", (1, 2, 4, 8))
        check_choice(self, "holdout", (HOLDOUT, 0.0))
        check_range(self, "minutes", 0.0, 1e6)
        check_range(self, "image_size", 32, 1024)
        check_range(self, "batch_size", 2, 4096)
        check_range(self, "dropout drop_path label_smoothing", 0.0, 0.95)
        check_range(self, "feature_noise mixing_alpha", 0.0, 10.0)
        check_range(self, "norm_momentum", 0.0, 0.9999)
        check(0 < self.mixing_share <= 1, self, "mixing_share", "above 0, at most 1")
        check_range(self, "logit_adjustment", 0.0, 10.0)
        check_range(self, "clip_norm", 0.0, 1e6)
        check_range(self, "split_seed", 0, 2**31 - 1)
        check_range(self, "bundle_count", 2, 1000)
        check(self.folds == 0 or 2 <= self.folds <= 1000, self, "folds", "0, or a number from 2 to 1000")
        self._refuse_contradictions()

    @property
    def is_composed(self) -> bool:
        """Whether a run of it is made of runs: of folds, or of the nets of an ensemble or a composition."""
        return bool(self.folds or self.ensemble) or self.composition != SINGLE

    def _refuse_contradictions(self) -> None:
        """Settings that would do nothing, or not what they say, are mistakes."""
        sizes = [self.image_size] + [phase.image_size for phase in self.phases]
        same = self.pooling == "average" or len(set(sizes)) == 1
        check(same, self, "pooling", "'average' where the phases' image sizes differ")
        check(self.mixing == "none" or self.mixing_alpha > 0, self, "mixing_alpha", "above 0")
        check_idle(self, "interpolation", self.fit == "pad", "fit='pad'")
        self._refuse_idle_changes()
        check_idle(self, "bundle_count", not self.bundles_from, "no bundles_from")
        # A box counts in the label by its area, and on a padded canvas most of that is black.
        cuts = self.mixing in ("cutmix", "either")
        check(self.fit == "resize" or not cuts, self, "mixing", "'mixup' or 'none' with fit='pad'")
        # Keras weighs a mixed label by its larger half alone.
        soft = self.imbalance != "class-weight" or self.mixing == "none"
        check(soft, self, "imbalance", "'own-weight' with mixed labels, or mixing='none'")
        evened = self.imbalance == "oversampling"
        check_idle(self, "logit_adjustment", evened, "imbalance='oversampling', which makes classes alike")
        check(self.folds or not self.first_fold_only, self, "first_fold_only", "false without folds")
        check(not self.ensemble or self.composition == SINGLE, self, "ensemble", "none in a composition")
        named = bool(self.bundles), bool(self.bundles_from)
        hierarchical = self.composition == HIERARCHICAL
        check(hierarchical or not any(named), self, "bundles", "none unless composition='hierarchical'")
        check(not hierarchical or sum(named) == 1, self, "bundles", "them here, or a run in bundles_from")

    def refuse_cropping(self, side: int) -> None:
        """Raises InputError where images of `side` pixels would have to be padded to a smaller canvas."""
        sizes = [self.image_size] + [phase.image_size for phase in self.phases]
        whole = self.fit == "resize" or min(sizes) >= side
        check(whole, self, "fit", f"'resize' below {side} pixels, which the images have")

    def _refuse_idle_changes(self) -> None:
        """Random changes that would not come about, or go further than they may."""
        for field in ("mixing_alpha", "mixing_share"):
            check_idle(self, field, self.mixing == "none", "mixing='none'")
        never = not any(phase.augmented and phase.mixed_epochs for phase in self.phases)
        check_idle(self, "mixing", never, "augmented=false or mixed_epochs=0 in all phases")
        for phase in self.phases:
            check_idle(phase, "mixed_epochs", self.mixing == "none", "mixing='none'")
            check_idle(phase, "strength", not any(self.augmentation.ranges.values()), "no ranges to widen")
            try:
                self.augmentation.scaled(phase.strength)
            except InputError as error:
                raise InputError(f"strength {phase.strength:g} of phase {phase.name!r}: {error}") from error


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """The recipe as nested dicts and lists of plain values, for JSON."""
    values = dataclasses.asdict(recipe)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def from_dict(values: dict[str, Any]) -> Recipe:
    """The recipe a `to_dict` came from, through JSON or not.

    Raises InputError for an unknown field, a missing one, or a value that is out of range.
    """
    return from_fields(Recipe, values)
