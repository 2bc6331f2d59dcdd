"""What the contest's hidden images would take: time and memory, from those of a smaller run."""

import dataclasses
from collections.abc import Sequence

from plants.harness.faults import Fault, fault

HIDDEN = (1260, 2942)  # images of the two phases, each one call of predict


@dataclasses.dataclass(frozen=True)
class Forecast:
    """For `images`: `seconds` for import, constructor and predict, and `peak_rss_mb`, None where unknown.

    The memory is an upper bound: it takes all that the prediction needed to grow with the images.
    """

    images: int
    seconds: float
    peak_rss_mb: float | None


@dataclasses.dataclass(frozen=True)
class Measured:
    """What a run took: seconds to load, (images, seconds) of predictions, the main one first, and bytes."""

    load_seconds: float
    predictions: tuple[tuple[int, float], ...]
    loaded_bytes: int | None = None
    peak_bytes: int | None = None


def forecast(measured: Measured) -> list[Forecast]:
    """A Forecast for each number of hidden images."""
    count, _ = measured.predictions[0]
    fixed, per_image = line(measured.predictions)
    fixed += measured.load_seconds
    return [
        Forecast(images, fixed + per_image * images, _memory(measured, images / count)) for images in HIDDEN
    ]


def line(predictions: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """(fixed seconds, seconds per image), both >= 0, of the largest prediction, by what smaller ones took."""
    count, seconds = predictions[0]
    for fewer, less in predictions[1:]:
        if 2 * fewer <= count:  # of two that are nearly as large, the difference would be noise
            per_image = (seconds - less) / (count - fewer)
            if 0 <= per_image * count <= seconds:
                return seconds - per_image * count, per_image
    # What later calls do not take again, the first one took to get going.
    per_image = min(took / images for images, took in predictions)
    return seconds - per_image * count, per_image


def _memory(measured: Measured, times: float) -> float | None:
    if measured.loaded_bytes is None or measured.peak_bytes is None:
        return None
    grown = max(0, measured.peak_bytes - measured.loaded_bytes)
    return (measured.loaded_bytes + grown * max(1.0, times)) / 2**20


def faults_of(measured: Measured, forecasts: Sequence[Forecast], limit_seconds: float) -> list[Fault]:
    """RES01, a warning, where the forecast for the most images is over the time limit."""
    most = max(forecasts, key=lambda forecast: forecast.images)
    if most.seconds <= limit_seconds:
        return []
    count, seconds = measured.predictions[0]
    return [
        fault(
            "RES01",
            f"Predict {seconds:.3g} s for {count} images; {most.images} would take {most.seconds:.3g} s "
            f"in all > {limit_seconds:g} s.",
        )
    ]


def text(forecasts: Sequence[Forecast]) -> str:
    """The forecasts in one line, for the table."""
    costs = "; ".join(
        f"{forecast.images} images {forecast.seconds:.0f} s"
        + (f", at most {forecast.peak_rss_mb:.0f} MB" if forecast.peak_rss_mb else "")
        for forecast in forecasts
    )
    known = any(forecast.peak_rss_mb for forecast in forecasts)
    return f"forecast: {costs}" + (" (so much if memory grows with the images)" if known else "")
