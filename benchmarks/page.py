"""docs/speed.md and its picture, from results/speed.json and from nothing else."""

import datetime
import os
import platform
import statistics
from importlib import metadata
from pathlib import Path
from typing import Any

from plants import files
from plants.runs import provenance

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "results" / "speed.json"
DOCUMENT = ROOT / "docs" / "speed.md"
PICTURE = ROOT / "docs" / "pictures" / "speed.png"
PACKAGES = ("tensorflow", "keras", "numpy", "onnxruntime", "openvino", "tf2onnx")

INTRODUCTION = """\
# How fast it is

Written by `python benchmarks/speed.py` from `results/speed.json`; not edited by hand. Each figure is the
median of its rounds, with the smallest and the largest behind it; what is compared was measured in turn.
"""
TEXTS = {
    "training": (
        "A training step",
        "Images a second of `default`'s net, batch 32, without validation: the kit's own loop, with "
        "augmentation, and bare steps of Keras's `train_on_batch` on a batch that lies ready. Beside each "
        "what the kit does for one of it, round by round.",
    ),
    "minutes": (
        "Minutes to an accuracy of {target}",
        "Seconds from the start of a process to {target} on {images} validation images of the contest: the "
        "kit's recipe `{recipe}` against what a notebook does in plain Keras (`benchmarks/notebook_way.py`), "
        "which is stopped at 4 times the kit's time.",
    ),
    "predict": (
        "Answers",
        "Images a second of one net, `default`'s with 4 views of 160 pixels, in the batches that suit each "
        "best (4, 16 or 64 images; the kit takes its own), what the kit does for one of it, round by round, "
        "and the largest difference of a probability from the kit's.",
    ),
    "start": ("The first answer", "Seconds from the start of a process to its first answer."),
    "memory": ("Memory", "Peak of the whole process, in MB."),
    "growth": (
        "Growth",
        "Seconds with 1, 4 and 16 times the images: the recipe `smoke` on the generated sample.",
    ),
}


def circumstances() -> dict[str, Any]:
    """Where, when and with which commit of the code something is measured."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return {"machine": machine(), "when": today, "commit": provenance.commit()}


def machine() -> str:
    """The processor and the versions, in one line."""
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return f"{_cores()} cores, {_processor()}; Python {platform.python_version()}, {', '.join(versions)}"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    values = dict(line.split(":", 1) for line in lines if ":" in line)
    named = {key.strip(): value.strip() for key, value in values.items()}
    return f"{named.get('model name', platform.machine())} (model {named.get('model', '?')})"


def part_in_text(name: str, figures: dict[str, Any]) -> str:
    """One part as Markdown: heading, what was measured, its table, and on which machine."""
    heading, text = TEXTS[name]
    return "\n\n".join(
        (
            f"## {heading.format(**figures)}",
            text.format(**figures),
            TABLES[name](figures),
            f"`python benchmarks/speed.py {name}`: {figures['seconds']} s on {figures['machine']}; "
            f"{figures['when']}, commit {figures['commit']}.",
        )
    )


def write(record: dict[str, Any]) -> None:
    """Writes the document and its picture from the record of all parts measured so far."""
    parts = [part_in_text(name, record[name]) for name in TEXTS if name in record]
    picture = f"![Images a second]({PICTURE.relative_to(DOCUMENT.parent).as_posix()})"
    with files.whole_file(DOCUMENT) as partial:
        partial.write_text("\n\n".join([INTRODUCTION + "\n" + picture, *parts]) + "\n", encoding="utf-8")
    _draw(record)


def spread(figures: list[float]) -> str:
    """'57.1 (55.0 to 58.2)': the median of some rounds, with the smallest and the largest."""
    return f"{statistics.median(figures):.1f} ({min(figures):.1f} to {max(figures):.1f})"


def ratio(ours: list[float], theirs: list[float]) -> str:
    """'1.04 (0.98 to 1.10)': ours over theirs, each round with its like."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _training_table(figures: dict[str, Any]) -> str:
    by_size = figures["images_per_second"]
    rows = []
    for way in next(iter(by_size.values())):
        cells = ((spread(speeds[way]), ratio(speeds["kit"], speeds[way])) for speeds in by_size.values())
        rows.append([way, *(cell for pair in cells for cell in pair)])
    return _table(["", *(cell for size in by_size for cell in (f"{size} pixels", "kit / this"))], rows)


def _minutes_table(figures: dict[str, Any]) -> str:
    rows = []
    for seed, curves in enumerate(zip(figures["kit"], figures["notebook"], strict=True)):
        for who, curve in zip(("kit", "notebook"), curves, strict=True):
            seconds, best = curve[-1][0], max(accuracy for _, accuracy in curve)
            reached = f"{seconds:.0f}" if best >= figures["target"] else f"not in {seconds:.0f}"
            rows.append([who, str(seed), reached, str(len(curve)), f"{best:.3f}"])
    return _table(["", "seed", "seconds", "epochs", "best accuracy"], rows)


def _predict_table(figures: dict[str, Any]) -> str:
    by_name = figures["images_per_second"]
    rows = [
        [
            name,
            spread(speeds),
            ratio(by_name["kit"], speeds),
            "its own" if name == "kit" else " ".join(map(str, sorted(set(figures["batch"][name])))),
            f"{figures['largest_difference'][name]:.1g}",
        ]
        for name, speeds in by_name.items()
    ]
    return _table(["", "images a second", "kit / this", "batch", "largest difference"], rows)


def _start_table(figures: dict[str, Any]) -> str:
    return _table(
        ["", "seconds"], [[name, spread(seconds)] for name, seconds in figures["start_seconds"].items()]
    )


def _memory_table(figures: dict[str, Any]) -> str:
    return _table(["", "MB"], [[name, f"{peak:,}"] for name, peak in figures["peak_mb"].items()])


def _growth_table(figures: dict[str, Any]) -> str:
    rows = [
        [step, *(f"{value:.3g}" for value in seconds), f"{seconds[-1] / seconds[-2]:.1f}"]
        for step, seconds in figures["growth"].items()
    ]
    return _table(["", *(f"{count:,} images" for count in figures["images"]), "last / middle"], rows)


TABLES = {
    "training": _training_table,
    "minutes": _minutes_table,
    "predict": _predict_table,
    "start": _start_table,
    "memory": _memory_table,
    "growth": _growth_table,
}


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _draw(record: dict[str, Any]) -> None:
    """Bars of the training steps and of the answers, and the curves to the target."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4), layout="constrained")
    axes = figure.subplots(1, 3)
    for axis, name, title in zip(
        axes, ("training", "predict", "minutes"), ("training step", "answers", "to the target"), strict=True
    ):
        axis.set_title(title)
        if name not in record:
            axis.set_axis_off()
        elif name == "minutes":
            _draw_curves(axis, record[name])
        else:
            speeds = record[name]["images_per_second"]
            _draw_bars(axis, speeds if name == "predict" else speeds[max(speeds, key=int)])
    files.write_figure(PICTURE, figure)


def _draw_bars(axis: Any, speeds: dict[str, list[float]]) -> None:
    names = list(speeds)[::-1]
    medians = [statistics.median(speeds[name]) for name in names]
    below = [median - min(speeds[name]) for name, median in zip(names, medians, strict=True)]
    above = [max(speeds[name]) - median for name, median in zip(names, medians, strict=True)]
    axis.barh(names, medians, xerr=[below, above], capsize=3)
    axis.set_xlabel("images a second")


def _draw_curves(axis: Any, figures: dict[str, Any]) -> None:
    for who, colour in (("kit", "tab:blue"), ("notebook", "tab:orange")):
        for seed, curve in enumerate(figures[who]):
            minutes, accuracies = [seconds / 60 for seconds, _ in curve], [accuracy for _, accuracy in curve]
            axis.plot(minutes, accuracies, color=colour, marker=".", label=who if seed == 0 else None)
    axis.axhline(figures["target"], color="gray", linewidth=0.8)
    axis.set_xlabel("minutes")
    axis.set_ylabel("validation accuracy")
    axis.legend()
