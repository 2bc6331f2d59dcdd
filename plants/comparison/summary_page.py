"""comparison.md, comparison.json and comparison.png of a `side_by_side.summarise`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure  # without pyplot, which would look for a screen

from plants import files
from plants.comparison import number_format
from plants.recipes.recipe import Recipe

MARKDOWN, RECORD, PICTURE = "comparison.md", "comparison.json", "comparison.png"
SCORES = (
    "recipe",
    "mean accuracy",
    "spread",
    "seed {seed} (95 %)",
    "macro-F1",
    "CPU seconds",
    "wall seconds",
    "parameters",
)
TESTS = ("recipe", "right only there", "right only here", "difference in points (95 %)", "p", "Holm's p", "")
METHODS = """\
Accuracy, macro-F1 and seconds are means over the seeds; the spread is the standard deviation of the
accuracy over them. The interval is Wilson's, of seed {seed}'s pooled answers. The tests are McNemar's, exact
and two-sided, on the answers of seed {seed} to the same images; the difference has Newcombe's interval for
paired proportions (1998, method 10). Holm's p counts in how many tests there are: 0.05 or more is
within the noise of the images. A test speaks of these trained nets. Another training of the same recipe
differs too, and only the spread says by how much: believe no difference that several seeds do not show.
The best epoch of each net was picked on the images that it answers here, so all accuracies are a little
high, and more so where a recipe has more epochs to pick from.
Parameters and seconds of a run with folds, or of a composition, are sums over its nets."""


def write(folder: Path, summary: Mapping[str, Any]) -> None:
    """Writes the three files, each whole or not at all."""
    files.write_json(folder / RECORD, summary)
    files.write_figure(folder / PICTURE, picture(summary))
    with files.whole_file(folder / MARKDOWN) as partial:
        partial.write_text(markdown(summary), encoding="utf-8")


def of_other_recipes(folder: Path, recipes: Sequence[Recipe]) -> str:
    """The names of what an earlier page in `folder` compares, 'a, b', if that is something else; or ''."""
    try:
        names = [recipe["name"] for recipe in files.read_json(folder / RECORD)["recipes"]]
    except (*files.UNREADABLE, TypeError):
        return ""
    return ", ".join(names) if names != [recipe.name for recipe in recipes] else ""


def markdown(summary: Mapping[str, Any]) -> str:
    """The comparison as a Markdown page."""
    seeds = summary["seeds"]
    num_seeds = "one seed" if len(seeds) == 1 else f"{len(seeds)} seeds"
    first = summary["recipes"][0]["name"]
    parts = [
        f"# {' / '.join(recipe['name'] for recipe in summary['recipes'])}",
        f"{summary['n']} images: {summary['answers']}; {num_seeds}; {summary['data']['source']}.",
        number_format.table(
            [name.format(seed=seeds[0]) for name in SCORES], map(_score_row, summary["recipes"])
        ),
    ]
    if summary["against_first"]:
        parts += [
            f"Each against `{first}`, seed {seeds[0]}:",
            number_format.table(TESTS, map(_test_row, summary["against_first"])),
        ]
    return "\n\n".join([*parts, METHODS.format(seed=seeds[0])]) + "\n"


def _score_row(recipe: Mapping[str, Any]) -> tuple[str, ...]:
    spread = recipe["standard_deviation"]
    return (
        recipe["name"],
        number_format.share(recipe["accuracy"]),
        "one seed" if spread is None else number_format.share(spread),
        f"{number_format.share(recipe['runs'][0]['accuracy'])} ({number_format.interval(recipe['ci95'])})",
        number_format.share(recipe["macro_f1"]),
        number_format.whole(recipe["cpu_seconds"]),
        number_format.whole(recipe["seconds"]),
        number_format.whole(recipe["parameters"]),
    )


def _test_row(test: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        test["name"],
        str(test["only_reference"]),
        str(test["only_compared"]),
        number_format.difference(test["difference"], test["interval"]),
        number_format.p_value(test["p"]),
        number_format.p_value(test["holm_p"]),
        test["verdict"],
    )


def picture(summary: Mapping[str, Any]) -> Figure:
    """The accuracy of each recipe: every seed, and the first one's 95 % interval."""
    recipes = summary["recipes"]
    figure = Figure(figsize=(8, 1.6 + 0.45 * len(recipes)), layout="constrained")
    axes = figure.subplots()
    for height, recipe in enumerate(recipes):
        low, high = recipe["ci95"]
        accuracies = [run["accuracy"] for run in recipe["runs"]]
        axes.plot([low, high], [height, height], color="C0", linewidth=2)
        axes.plot(accuracies, [height] * len(accuracies), "o", color="C0", alpha=0.6)
    axes.set_yticks(range(len(recipes)), [recipe["name"] for recipe in recipes])
    axes.invert_yaxis()
    axes.set(xlabel="accuracy; a dot for each seed, the line is the first seed's 95 % interval")
    axes.set_title(f"{summary['n']} images: {summary['answers']}")
    axes.grid(axis="x", alpha=0.3)
    return figure
