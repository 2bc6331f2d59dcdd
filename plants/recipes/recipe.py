"""What a recipe is: frozen, complete, checked when it is made."""

import dataclasses
import difflib
import re
import typing
from collections.abc import Iterable, Sequence
from typing import Any

from plants.errors import InputError

HOLDOUT = 0.15  # the fixed share of the test split
MEASURED_ON = 2106  # images trained on when a recipe's minutes were measured
BACKBONES = (
    *("lite0", "lite1", "lite2"),
    *("vgg16", "vgg19"),
    *("efficientnetb0", "efficientnetb7", "efficientnetv2b0", "efficientnetv2l"),
    "convnextlarge",
)
EXPECTED = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
NEAR_COPIES_ON, NEAR_COPIES_OFF = "on", "off"
SINGLE, ONE_VS_REST, HIERARCHICAL = "single", "one-vs-rest", "hierarchical"


def _check(condition: object, owner: object, field: str, expected: str) -> None:
    if not condition:
        got = getattr(owner, field)
        raise InputError(f"{type(owner).__name__} field {field!r}: got {got!r}, expected {expected}")


def _check_choice(owner: object, field: str, choices: Sequence[object]) -> None:
    _check(getattr(owner, field) in choices, owner, field, "one of " + ", ".join(map(str, choices)))


def _check_range(owner: object, fields: str, low: float, high: float) -> None:
    for field in fields.split():
        _check(low <= getattr(owner, field) <= high, owner, field, f"a value from {low} to {high}")


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Ranges of the random changes, drawn anew for each image and epoch. 0 switches one off."""

    zoom_in: float = 0.0  # largest enlargement, as a share of the side: 0.25 shows 75 % of it
    zoom_out: float = 0.0  # largest reduction, as a share of the side
    aspect: float = 0.0  # largest stretch of one side against the other, natural log
    rotation: float = 0.0  # degrees, either way
    translation: float = 0.0  # share of the side, either way
    flips: str = "none"  # "none", "horizontal", or "both": horizontal and vertical
    quarter_turns: bool = False  # random multiples of 90 degrees; with "both": all 8 symmetries
    brightness: float = 0.0  # added, share of 255, either way
    contrast: float = 0.0  # factor about the image's mean: 1 - c to 1 + c
    saturation: float = 0.0  # factor about the pixel's gray value: 1 - s to 1 + s
    hue: float = 0.0  # degrees round the gray axis, either way
    noise: float = 0.0  # standard deviation of Gaussian noise on pixels 0..255

    def __post_init__(self) -> None:
        _check_choice(self, "flips", ("none", "horizontal", "both"))
        _check_range(self, "zoom_in translation brightness contrast saturation", 0.0, 0.9)
        _check_range(self, "zoom_out aspect", 0.0, 2.0)
        _check_range(self, "rotation hue", 0.0, 180.0)
        _check_range(self, "noise", 0.0, 127.0)


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
        _check_choice(self, "activation", ("relu", "elu", "gelu", "swish"))
        _check_choice(self, "initializer", ("glorot_uniform", "he_uniform", "he_normal"))
        _check_range(self, "units", 1, 65_536)
        _check_range(self, "dropout", 0.0, 0.95)
        _check_range(self, "l1 l2", 0.0, 1.0)


@dataclasses.dataclass(frozen=True)
class Phase:
    """One stretch of training with one optimizer."""

    name: str  # shown in logs and figures
    epochs: int  # at most
    learning_rate: float  # the peak, for the recipe's batch size
    image_size: int  # pixels per side the images are resized or padded to, in the graph
    trainable: str = "all"  # layers of the backbone that learn: "none", "all", or the last of those
    # that hold weights: "last-20"
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
    augmented: bool = True  # whether its images are changed and mixed at random; where they are not, a frozen
    # backbone sees each once, as in a prediction (without drop-path), and the head learns from its features

    def __post_init__(self) -> None:
        partly = re.fullmatch("none|all|last-[1-9][0-9]*", self.trainable)
        _check(partly, self, "trainable", "'none', 'all' or 'last-<number of layers>', such as 'last-20'")
        _check_choice(self, "batch_norm", ("trained", "frozen"))
        _check_choice(self, "optimizer", ("adam", "adamw"))
        _check_choice(self, "schedule", ("constant", "cosine"))
        _check_choice(self, "monitor", ("accuracy", "categorical_accuracy", "auc", "loss"))
        _check_range(self, "epochs", 1, 10_000)
        _check_range(self, "image_size", 32, 1024)
        _check_range(self, "patience", 0, 10_000)
        _check_range(self, "weight_decay", 0.0, 1.0)
        _check_range(self, "warmup_epochs", 0.0, self.epochs)
        _check(0 < self.learning_rate <= 10, self, "learning_rate", "above 0, at most 10")
        # Settings that would do nothing are mistakes.
        decays = self.optimizer == "adamw" or self.weight_decay == 0
        _check(decays, self, "weight_decay", "0 with optimizer 'adam', or optimizer 'adamw'")
        learns = self.trainable != "none" or self.batch_norm == "frozen"
        _check(learns, self, "batch_norm", "'frozen' where trainable is 'none'")


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
    clip_norm: float = 0.0  # largest global norm of a gradient; 0: not clipped
    views: int = 1  # symmetries averaged in a prediction: 1; 2: + mirrored; 4: flips; 8: + turned
    split_seed: int = 0  # of the split into training, validation and test split
    holdout: float = HOLDOUT  # share of the test split; 0 trains on everything, for the final upload: one net
    # without validation, folds each with its own
    near_copies: str = NEAR_COPIES_ON  # kept together by split and folds; "off": only exact copies are
    folds: int = 0  # nets, each validated on another part of training and validation; 0: one, fixed split
    first_fold_only: bool = False  # trains only the first of the folds
    composition: str = SINGLE  # "single" net; "one-vs-rest": a binary one for each class;
    # "hierarchical": one net for bundles of classes, then one within each bundle
    bundles: str = ""  # of hierarchical: "Species1+Species8/Species2/..."; "" finds them
    bundles_from: str = ""  # the run in whose validation answers they are found. The same images then pick
    # the epochs and give the validation score, with folds or without, so it flatters; the test split does not
    bundle_count: int = 4  # how many are found

    def __post_init__(self) -> None:
        hyphenated = re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", self.name)  # it becomes part of a path
        _check(hyphenated, self, "name", "lower case with hyphens")
        _check(len(self.summary.splitlines()) == 1, self, "summary", "one line")
        _check(len(self.phases) > 0, self, "phases", "at least one phase")
        _check_choice(self, "backbone", BACKBONES)
        _check_choice(self, "fit", ("resize", "pad"))
        _check_choice(self, "interpolation", ("nearest", "bilinear", "bicubic"))
        _check_choice(self, "mixing", ("none", "mixup", "cutmix", "either"))
        _check_choice(self, "pooling", ("average", "flatten"))
        _check_choice(self, "imbalance", ("none", "class-weight", "own-weight", "oversampling"))
        _check_choice(self, "composition", (SINGLE, ONE_VS_REST, HIERARCHICAL))
        _check_choice(self, "near_copies", (NEAR_COPIES_ON, NEAR_COPIES_OFF))
        _check_choice(self, "views", (1, 2, 4, 8))
        _check_choice(self, "holdout", (HOLDOUT, 0.0))
        _check_range(self, "minutes", 0.0, 1e6)
        _check_range(self, "image_size", 32, 1024)
        _check_range(self, "batch_size", 2, 4096)
        _check_range(self, "dropout drop_path label_smoothing", 0.0, 0.95)
        _check_range(self, "feature_noise mixing_alpha", 0.0, 10.0)
        _check_range(self, "norm_momentum", 0.0, 0.9999)
        _check_range(self, "clip_norm", 0.0, 1e6)
        _check_range(self, "split_seed", 0, 2**31 - 1)
        _check_range(self, "bundle_count", 2, 1000)
        _check(self.folds == 0 or 2 <= self.folds <= 1000, self, "folds", "0, or a number from 2 to 1000")
        self._refuse_contradictions()

    @property
    def is_composed(self) -> bool:
        """Whether a run of it is made of runs: of folds, or of the nets of a composition."""
        return bool(self.folds) or self.composition != SINGLE

    def _refuse_contradictions(self) -> None:
        """Settings that would do nothing, or not what they say, are mistakes."""
        sizes = [self.image_size] + [phase.image_size for phase in self.phases]
        same = self.pooling == "average" or len(set(sizes)) == 1
        _check(same, self, "pooling", "'average' where the phases' image sizes differ")
        _check(self.mixing == "none" or self.mixing_alpha > 0, self, "mixing_alpha", "above 0")
        self._check_idle("interpolation", self.fit == "pad", "fit='pad'")
        self._check_idle("mixing_alpha", self.mixing == "none", "mixing='none'")
        as_they_are = not any(phase.augmented for phase in self.phases)
        self._check_idle("mixing", as_they_are, "augmented=false in all phases")
        self._check_idle("bundle_count", not self.bundles_from, "no bundles_from")
        # A box counts in the label by its area, and on a padded canvas most of that is black.
        cuts = self.mixing in ("cutmix", "either")
        _check(self.fit == "resize" or not cuts, self, "mixing", "'mixup' or 'none' with fit='pad'")
        # Keras weighs a mixed label by its larger half alone.
        soft = self.imbalance != "class-weight" or self.mixing == "none"
        _check(soft, self, "imbalance", "'own-weight' with mixed labels, or mixing='none'")
        _check(self.folds or not self.first_fold_only, self, "first_fold_only", "false without folds")
        named = bool(self.bundles), bool(self.bundles_from)
        hierarchical = self.composition == HIERARCHICAL
        _check(hierarchical or not any(named), self, "bundles", "none unless composition='hierarchical'")
        _check(not hierarchical or sum(named) == 1, self, "bundles", "them here, or a run in bundles_from")

    def refuse_cropping(self, side: int) -> None:
        """Raises InputError where images of `side` pixels would have to be padded to a smaller canvas."""
        sizes = [self.image_size] + [phase.image_size for phase in self.phases]
        whole = self.fit == "resize" or min(sizes) >= side
        _check(whole, self, "fit", f"'resize' below {side} pixels, which the images have")

    def _check_idle(self, field: str, is_idle: bool, where: str) -> None:
        """A field that has no effect must not seem to have one."""
        default = type(self).__dataclass_fields__[field].default
        unchanged = not is_idle or getattr(self, field) == default
        _check(unchanged, self, field, f"{default!r}, its default, with {where}, where it has no effect")


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """The recipe as nested dicts and lists of plain values, for JSON."""
    values = dataclasses.asdict(recipe)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def from_dict(values: dict[str, Any]) -> Recipe:
    """The recipe a `to_dict` came from, through JSON or not.

    Raises InputError for an unknown field, a missing one, or a value that is out of range.
    """
    return _from_fields(Recipe, values)


def _from_fields(kind: Any, values: dict[str, Any]) -> Any:
    """A recipe, or what is nested in it, from a dict of its fields."""
    kinds = typing.get_type_hints(kind)
    for name in values:
        if name not in kinds:
            raise InputError(unknown_field(name, kinds))
    try:
        return kind(**{name: _restore(name, kinds[name], value) for name, value in values.items()})
    except TypeError as error:  # from the constructor: a field is missing
        raise InputError(f"no complete {kind.__name__.lower()}: {error}") from error


def _restore(name: str, kind: Any, value: Any) -> Any:
    """A field's value from JSON. InputError if it is of another type than the field."""
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        return _from_fields(kind, value)
    if typing.get_origin(kind) is tuple and isinstance(value, list | tuple):
        return tuple(_restore(name, typing.get_args(kind)[0], item) for item in value)
    if kind is float and type(value) is int:
        return float(str(value))  # beyond the range of floats it is inf, which no field allows
    if type(value) is not kind:
        raise InputError(f"recipe field {name!r}: got {value!r}, expected {EXPECTED.get(kind, 'fields')}")
    return value


def unknown_field(name: str, known: Iterable[str]) -> str:
    """The message for a field that does not exist, with the closest that does."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    return f"no recipe field {name!r}; the closest is {close[0]!r} (all: {', '.join(known)})"
