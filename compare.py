"""Trains recipes on the same images and compares them.

python compare.py default smoke --folds 3 --seeds 2
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from plants import commandline, keras_settings
from plants.data import sources
from plants.recipes import catalog
from plants.recipes.overrides import override


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line as a namespace; exits with code 2 on wrong usage."""
    parser = argparse.ArgumentParser(
        prog="compare.py", description="Trains recipes on the same images and compares them."
    )
    parser.add_argument(
        "recipes", nargs="+", metavar="RECIPE", help="names, or recipe files; each is compared with the first"
    )
    parser.add_argument("--folds", type=int, metavar="K", help="cross-validate all with the same K folds")
    parser.add_argument(
        "--seeds",
        type=commandline.whole_number(1),
        default=1,
        metavar="N",
        help="train each with the seeds 0 to N-1; default: 1",
    )
    commandline.add_data_and_settings(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("runs/comparison"), metavar="DIR", help="default: %(default)s"
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Trains every recipe with every seed; writes the comparison after each seed, and prints the last."""
    options = parse(argv)
    keras_settings.require_backend()

    from plants.comparison import side_by_side, summary_page

    changes = options.set + ([] if options.folds is None else [f"folds={options.folds}"])
    recipes = [override(catalog.by_name(name), *changes) for name in options.recipes]
    side_by_side.refuse_unpaired(recipes)
    images = sources.open_training_data(options.data, options.contest, announce=commandline.aside)

    from plants.comparison import trainings  # Keras takes seconds to import; errors above need none

    folder, command = options.out, ["compare.py", *(sys.argv[1:] if argv is None else argv)]
    for compared in trainings.train_recipes(
        recipes, range(options.seeds), images, folder=folder, command=command
    ):
        summary = side_by_side.summarise(compared)
        if others := summary_page.of_other_recipes(folder, recipes):
            commandline.aside(
                f"{folder / summary_page.MARKDOWN} compared {others}: replaced; its runs are kept"
            )
        summary_page.write(folder, summary)
    written = f"{folder / summary_page.MARKDOWN}, {summary_page.RECORD} and {summary_page.PICTURE}"
    print(f"\n{summary_page.markdown(summary)}\nwrote {written}")


if __name__ == "__main__":
    sys.exit(commandline.run(main))
