"""Trains a recipe on labelled images and leaves a run folder: the weights and a full record."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plants import commandline, keras_settings, streams
from plants.data import sources
from plants.recipes import catalog
from plants.recipes.overrides import override
from plants.recipes.recipe import Recipe


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line; exits with code 2 on wrong usage."""
    parser = argparse.ArgumentParser(prog="train.py", description=__doc__)
    commandline.add_data_and_settings(parser)
    parser.add_argument(
        "--recipe", default="default", metavar="NAME", help="from --list, or a recipe file; default: default"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="run folder; default: runs/<date>-<recipe>")
    parser.add_argument(
        "--seed",
        type=commandline.seed,
        default=0,
        help="fixes first weights, order and augmentation; default: 0",
    )
    parser.add_argument(
        "--folds", type=int, metavar="K", help="K nets, each validated on another part; as --set folds=K"
    )
    parser.add_argument("--list", action="store_true", help="list the recipes and end")
    return parser.parse_args(argv)


def list_recipes() -> None:
    """One line per recipe: name, two spaces, what it is."""
    for recipe in catalog.RECIPES.values():
        print(f"{recipe.name}  {recipe.summary}")


def chosen_recipe(options: argparse.Namespace) -> Recipe:
    """The recipe of the command line, with its --set and --folds."""
    folds = [] if options.folds is None else [f"folds={options.folds}"]
    return override(catalog.by_name(options.recipe), *options.set, *folds)


def describe_score(record: dict[str, Any]) -> str:
    """The score of images that a net did not train on, from its run.json; '' if there are none."""
    if pooled := record.get("out_of_fold"):
        low, high = pooled["ci95"]
        by_fold = ", ".join(f"{fold['accuracy']:.4f}" for fold in pooled["folds"])
        return (
            f"out-of-fold accuracy {pooled['accuracy']:.4f} (95 %: {low:.4f} to {high:.4f}) on {pooled['n']} "
            f"images, macro-F1 {pooled['macro_f1']:.4f}; by fold {by_fold}"
        )
    if validation := record["validation"]:
        return f"validation accuracy {validation['accuracy']:.4f} on {validation['n']} images"
    return ""


def main(argv: Sequence[str] | None = None) -> int:
    options = parse(argv)
    if options.list:
        list_recipes()
        return commandline.BAD_INPUT if streams.were_lost() else 0
    recipe = chosen_recipe(options)
    keras_settings.require_backend()
    images = sources.open_training_data(options.data, options.contest, announce=commandline.aside)

    from plants.training.make_run import make_run  # Keras takes seconds to import; errors above need none
    from plants.training.plan import plan_training

    command = ["train.py", *(sys.argv[1:] if argv is None else argv)]
    run = make_run(plan_training(recipe, images, options.out, seed=options.seed, command=command))
    if scored := describe_score(run.record):
        print(scored)
    print(f"wrote {run.path}\nnext: {commandline.shell_line('build_submission.py', str(run.path))}")
    return 0


if __name__ == "__main__":
    sys.exit(commandline.run(main))
