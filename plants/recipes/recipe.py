"""What a recipe is: frozen, complete, checked when it is made."""

import dataclasses
import difflib
import re
import typing

from plants.errors import InputError

HOLDOUT = 0.15  # the fixed share of the held-out split
MEASURED_ON = 2106  # images trained on when a recipe's minutes were measured


def _check(condition, owner, field, expected):
    if not condition:
        got = getattr(owner, field)
        raise InputError(f"{type(owner).__name__} field {field!r}: got {got!r}, expected {expected}")


def _check_choice(owner, field, choices):
    _check(getattr(owner, field) in choices, owner, field, "one of " + ", ".join(map(str, choices)))


def _check_range(owner, fields, low, high):
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

    def __post_init__(self):
        _check_choice(self, "flips", ("none", "horizontal", "both"))
        _check_range(self, "zoom_in translation brightness contrast saturation", 0.0, 0.9)
        _check_range(self, "zoom_out aspect", 0.0, 2.0)
        _check_range(self, "rotation hue", 0.0, 180.0)
        _check_range(self, "noise", 0.0, 127.0)


@dataclasses.dataclass(frozen=True)
class Phase:
    """One stretch of training with one optimizer."""

    name: str  # shown in logs and figures
    epochs: int  # at most
    learning_rate: float  # the peak, for the recipe's batch size
    image_size: int  # pixels per side the images are resized to, in the graph
    trainable: str = "all"  # layers of the backbone that learn: "none" or "all"
    batch_norm: str = "trained"  # in the backbone; "trained": batch statistics, and the moving
    # ones follow; "frozen": the pretrained moving statistics are used and kept
    optimizer: str = "adam"  # "adam", or "adamw" with decoupled weight decay
    weight_decay: float = 0.0  # per step, times the learning rate; never on norms and biases
    schedule: str = "constant"  # "constant", or "cosine": falls to 0 on a half cosine
    warmup_epochs: float = 0.0  # the learning rate grows linearly from 0
    patience: int = 0  # epochs without a better monitor before the phase ends; 0: never ends early,
    # nor does it without validation images (holdout=0)

    def __post_init__(self):
        _check_choice(self, "trainable", ("none", "all"))
        _check_choice(self, "batch_norm", ("trained", "frozen"))
        _check_choice(self, "optimizer", ("adam", "adamw"))
        _check_choice(self, "schedule", ("constant", "cosine"))
        _check_range(self, "epochs", 1, 10_000)
        _check_range(self, "image_size", 32, 1024)
        _check_range(self, "patience", 0, 10_000)
        _check_range(self, "weight_decay", 0.0, 1.0)
        _check_range(self, "warmup_epochs", 0.0, self.epochs)
        _check(0 < self.learning_rate <= 10, self, "learning_rate", "above 0, at most 10")
        # Settings that would do nothing are mistakes.
        decays = self.optimizer == "adamw" or self.weight_decay == 0
        _check(decays, self, "weight_decay", "0 with optimizer 'adam', or optimizer 'adamw'")
        learns = self.trainable == "all" or self.batch_norm == "frozen"
        _check(learns, self, "batch_norm", "'frozen' where trainable is 'none'")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights, apart from the data and the seed."""

    name: str  # lower case with hyphens
    summary: str  # one line for --list
    minutes: float  # expected on the contest's data and 2 CPU cores; said before training
    phases: tuple[Phase, ...]  # one after the other, each from the best weights so far
    image_size: int  # pixels per side when it predicts; resizing is part of the graph
    backbone: str = "lite0"  # "lite0", "lite1" or "lite2"
    weights: str = "imagenet"  # of the backbone: "imagenet", "none" (random) or a file's path
    interpolation: str = "bicubic"  # how the graph resizes: "nearest", "bilinear" or "bicubic"
    augmentation: Augmentation = Augmentation()  # of the training images
    batch_size: int = 32  # images per step
    dropout: float = 0.0  # drop rate before the last layer
    drop_path: float = 0.0  # drop rate of residual branches after the last block, linear from 0
    norm_momentum: float = 0.99  # of the backbone's moving statistics, per step
    label_smoothing: float = 0.0  # share of the label spread evenly over all classes
    clip_norm: float = 0.0  # largest global norm of a gradient; 0: not clipped
    monitor: str = "accuracy"  # on validation; "accuracy" or "loss" picks the best epoch
    views: int = 1  # symmetries averaged in a prediction: 1; 2: + mirrored; 4: flips; 8: + turned
    split_seed: int = 0  # of the split into training, validation and held-out
    holdout: float = HOLDOUT  # share held out; 0 trains on everything, for the final upload

    def __post_init__(self):
        hyphenated = re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", self.name)  # it becomes part of a path
        _check(hyphenated, self, "name", "lower case with hyphens")
        _check(len(self.phases) > 0, self, "phases", "at least one phase")
        _check_choice(self, "backbone", ("lite0", "lite1", "lite2"))
        _check_choice(self, "interpolation", ("nearest", "bilinear", "bicubic"))
        _check_choice(self, "monitor", ("accuracy", "loss"))
        _check_choice(self, "views", (1, 2, 4, 8))
        _check_choice(self, "holdout", (HOLDOUT, 0.0))
        _check_range(self, "minutes", 0.0, 1e6)
        _check_range(self, "image_size", 32, 1024)
        _check_range(self, "batch_size", 2, 4096)
        _check_range(self, "dropout drop_path label_smoothing", 0.0, 0.95)
        _check_range(self, "norm_momentum", 0.0, 0.9999)
        _check_range(self, "clip_norm", 0.0, 1e6)
        _check_range(self, "split_seed", 0, 2**31 - 1)


def to_dict(recipe):
    """The recipe as nested dicts and lists of plain values, for JSON."""
    return dataclasses.asdict(recipe) | {"phases": [dataclasses.asdict(phase) for phase in recipe.phases]}


def from_dict(values, kind=Recipe):
    """The recipe a `to_dict` came from, through JSON or not.

    Raises InputError for an unknown field, a missing one, or a value that is out of range.
    """
    kinds = typing.get_type_hints(kind)
    for name in values:
        if name not in kinds:
            raise InputError(unknown_field(name, kinds))
    try:
        return kind(**{name: _restore(kinds[name], value) for name, value in values.items()})
    except TypeError as error:  # from the constructor, or from comparing with a range
        raise InputError(f"no complete {kind.__name__.lower()}: {error}") from error


def _restore(kind, value):
    if dataclasses.is_dataclass(kind):
        return from_dict(value, kind)
    if typing.get_origin(kind) is tuple:
        return tuple(_restore(typing.get_args(kind)[0], item) for item in value)
    return value


def unknown_field(name, known):
    """The message for a field that does not exist, with the closest that does."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    return f"no recipe field {name!r}; the closest is {close[0]!r} (all: {', '.join(known)})"


def override(recipe, *assignments):
    """A copy of the recipe with `field=value` assignments, read by the fields' annotations.

    Nested fields go by path: `phases.1.learning_rate=1e-5`, `augmentation.zoom_in=0.2`. They are
    checked together, so their order does not matter.
    Raises InputError for an unknown field, a value of another type, or one out of range.
    """
    values, said = to_dict(recipe), ""
    try:
        for said in assignments:
            path, equals, text = said.partition("=")
            if not equals:
                raise InputError("expected field=value, e.g. --set batch_size=16")
            _assign(values, Recipe, path.strip().split("."), text.strip())
        said = " ".join(assignments)
        return from_dict(values)
    except InputError as error:
        raise InputError(f"--set {said}: {error}") from error


def _assign(owner, kind, path, text):
    """Sets the value at `path` in a dict or list; `kind` is the annotation of `owner`."""
    name, *rest = path
    name, kind = _lookup(owner, kind, name)
    if rest:
        _assign(owner[name], kind, rest, text)
    else:
        owner[name] = _parse(kind, text)


def _lookup(owner, kind, name):
    """The key or index that `name` stands for in `owner`, and the annotation of what lies there."""
    if isinstance(owner, list):
        if not name.isdecimal() or int(name) >= len(owner):
            raise InputError(f"no entry {name!r}: there are {len(owner)}, counted from 0")
        return int(name), typing.get_args(kind)[0]
    if not isinstance(owner, dict):
        raise InputError(f"nothing lies below a plain value: {name!r} is one step too deep")
    kinds = typing.get_type_hints(kind)
    if name not in kinds:
        raise InputError(unknown_field(name, kinds))
    return name, kinds[name]


def _parse(kind, text):
    if kind is bool:
        if text.lower() in ("true", "false"):  # bool("false") would be True
            return text.lower() == "true"
        raise InputError(f"got {text!r}, expected true or false")
    if kind not in (int, float, str):
        raise InputError("this field holds further ones; set one of them by its path, like phases.0.epochs")
    try:
        return kind(text)
    except ValueError as error:
        expected = "a whole number" if kind is int else "a number"
        raise InputError(f"got {text!r}, expected {expected}") from error
