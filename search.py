"""Searches for a better recipe: an Optuna study over head, dropout, learning rates and augmentation."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import optuna

from plants import commandline, keras_settings
from plants.data import sources
from plants.recipes import catalog
from plants.recipes.overrides import override
from plants.search import search_plan, space, study_pictures, trial
from plants.search.search_plan import SearchPlan
from plants.search.study import masked


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line as a namespace; exits with code 2 on wrong usage."""
    parser = argparse.ArgumentParser(
        prog="search.py",
        description=f"{__doc__} Trials are ranked on validation images, never on held-out ones. The same "
        "command goes on with a search that was stopped or killed.",
    )
    commandline.add_data_and_settings(parser)
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        default="lite0-quick",
        help="search around this one, a name or a recipe file; default: %(default)s",
    )
    parser.add_argument(
        "--trials", type=commandline.whole_number(1), default=20, metavar="N", help="in all; default: 20"
    )
    parser.add_argument(
        "--seed", type=commandline.seed, default=0, help="fixes the draws and each training; default: 0"
    )
    parser.add_argument("--study", metavar="NAME", help="its name in the storage; default: the recipe's")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: runs/search-<study>")
    parser.add_argument(
        "--storage",
        default="",
        metavar="URL",
        help="Optuna's database, such as postgresql://...; default: sqlite:///DIR/study.db",
    )
    options = parser.parse_args(argv)
    if options.study and not re.fullmatch(r"[\w.-]+", options.study):
        parser.error(f"--study: got {options.study!r}, expected letters, digits, '-', '_' and '.'")
    return options


def plan_of(options: argparse.Namespace, argv: Sequence[str]) -> SearchPlan:
    """The plan of the command line."""
    recipe = override(catalog.by_name(options.recipe), *options.set)
    space.refuse_unsearchable(recipe)
    study, storage = options.study or recipe.name, options.storage
    if storage:
        argv = [word.replace(storage, masked(storage)) for word in argv]  # without its password
    return SearchPlan(
        recipe=recipe,
        dataset=sources.open_training_data(options.data, options.contest, announce=commandline.aside),
        folder=options.out or Path("runs") / f"search-{study}",
        num_trials=options.trials,
        seed=options.seed,
        study=study,
        storage=storage,
        command=("search.py", *argv),
    )


def report(plan: SearchPlan, study: optuna.Study, source: Sequence[str]) -> None:
    """What was found, where it lies and what comes next; `source` are the options that name the images."""
    table, recipe = plan.folder / search_plan.TABLE, plan.folder / search_plan.BEST
    best = trial.best_trial(study)
    print(f"\nstudy {study.study_name!r} in {masked(plan.url)}; wrote {table} and pictures beside it")
    if not study_pictures.importance(study):
        print(f"no {search_plan.IMPORTANCE}: importance needs two completed trials of different accuracy")
    if best is None:
        print(f"no trial was completed, so there is no {search_plan.BEST}: raise --trials")
        return
    score = f"accuracy {best.value:.4f} on {best.user_attrs[trial.RESULT]['n_validation']} validation images"
    train = ["--recipe", str(recipe), *source]
    train += ["--seed", str(plan.seed)] if plan.seed else []
    run = plan.trial_folder(best.number)  # elsewhere, if a search in another folder trained it
    print(f"best: trial {best.number}, chosen for its {score}{f'; its run is {run}' if run.exists() else ''}")
    print(f"next: {commandline.shell_line('train.py', *train)}")


def main(argv: Sequence[str] | None = None) -> None:
    options = parse(argv)
    keras_settings.require_backend()
    plan = plan_of(options, sys.argv[1:] if argv is None else argv)

    from plants.search.run_search import run_search  # Keras takes seconds to import; errors above need none

    try:
        study = run_search(plan)
    except KeyboardInterrupt:
        print(f"\nwhat is finished is kept in {plan.folder}; the same search.py command goes on")
        raise
    report(plan, study, commandline.source(options))


if __name__ == "__main__":
    sys.exit(commandline.run(main))
