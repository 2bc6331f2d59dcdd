"""How training images are changed at random."""

import dataclasses
from typing import Any, Self

from plants.recipes.field_checks import check_choice, check_range


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
        check_choice(self, "flips", ("none", "horizontal", "both"))
        check_range(self, "zoom_in translation brightness contrast saturation", 0.0, 0.9)
        check_range(self, "zoom_out aspect", 0.0, 2.0)
        check_range(self, "rotation hue", 0.0, 180.0)
        check_range(self, "noise", 0.0, 127.0)

    @property
    def ranges(self) -> dict[str, float]:
        """By name, all but flips and quarter turns."""
        return {
            field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.type is float
        }

    def scaled(self, strength: float) -> Self:
        """All ranges `strength` times as wide. Raises InputError if one is then wider than it may be."""
        widened: dict[str, Any] = {name: strength * width for name, width in self.ranges.items()}
        return dataclasses.replace(self, **widened)
