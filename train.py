"""Trains a recipe on labelled images: data + recipe -> run folder with weights and a full record."""

import argparse
import os
import shlex
import sys
from pathlib import Path

from plants import commandline
from plants.data import dataset
from plants.recipes import catalog
from plants.recipes.overrides import override

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's start-up lines help nobody here


def parse(argv):
    """The command line as a namespace; exits with code 2 on wrong usage."""
    parser = argparse.ArgumentParser(prog="train.py", description=__doc__)
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="the contest's zip or a folder of class folders; default: $CHALLENGE_DATA, then "
        "data/training_data_final(.zip), then a small generated sample",
    )
    parser.add_argument(
        "--recipe", default="default", metavar="NAME", help="see --list, or a recipe file; default: default"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="run folder; default: runs/<date>-<recipe>")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and augmentation; default: 0")
    parser.add_argument(
        "--set",
        action="extend",
        nargs="+",
        default=[],
        metavar="field=value",
        help="change recipe fields, nested ones by path: --set batch_size=16 phases.1.learning_rate=1e-5",
    )
    parser.add_argument(
        "--folds", type=int, metavar="K", help="K nets, each validated on another part; as --set folds=K"
    )
    parser.add_argument("--list", action="store_true", help="list the recipes and end")
    options = parser.parse_args(argv)
    if not 0 <= options.seed < 2**31:
        parser.error(f"--seed: got {options.seed}, expected 0 to {2**31 - 1}")
    return options


def list_recipes():
    """One line per recipe: name, two spaces, what it is."""
    for recipe in catalog.RECIPES.values():
        print(f"{recipe.name}  {recipe.summary}")


def chosen_recipe(options):
    """The recipe of the command line, with its --set and --folds."""
    folds = [] if options.folds is None else [f"folds={options.folds}"]
    return override(catalog.by_name(options.recipe), *options.set, *folds)


def main(argv=None):
    options = parse(argv)
    if options.list:
        return list_recipes()
    recipe = chosen_recipe(options)
    images = dataset.open_dataset(options.data, announce=lambda line: print(line, file=sys.stderr))

    from plants.training.make_run import make_run  # Keras takes seconds to import; errors above need none

    command = ["train.py", *(sys.argv[1:] if argv is None else argv)]
    run = make_run(recipe, images, options.out, seed=options.seed, command=command)
    if validation := run.record["validation"]:
        part = "out-of-fold" if run.record["recipe"]["folds"] else "validation"
        print(f"{part} accuracy {validation['accuracy']:.4f} on {validation['n']} images")
    print(f"wrote {run.path}\nnext: {shlex.join(['python', 'build_submission.py', str(run.path)])}")


if __name__ == "__main__":
    sys.exit(commandline.run(main))
