"""Searches for a better recipe: an Optuna study over head, dropout, learning rates and augmentation."""

import argparse
import re
import shlex
import sys
from pathlib import Path

from plants import commandline
from plants.data import sources
from plants.recipes import catalog
from plants.recipes.overrides import override


def parse(argv):
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
        help="searched around; as for train.py, or a recipe file; default: %(default)s",
    )
    parser.add_argument(
        "--trials", type=commandline.whole_number(1), default=20, metavar="N", help="in all; default: 20"
    )
    parser.add_argument(
        "--seed", type=commandline.seed, default=0, help="of the draws and of each training; default: 0"
    )
    parser.add_argument("--study", metavar="NAME", help="in the storage; default: the recipe's name")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: runs/search-<study>")
    parser.add_argument(
        "--storage",
        default="",
        metavar="URL",
        help="of Optuna's database, such as postgresql://...; default: sqlite:///DIR/study.db",
    )
    options = parser.parse_args(argv)
    if options.study and not re.fullmatch(r"[\w.-]+", options.study):
        parser.error(f"--study: got {options.study!r}, expected letters, digits, '-', '_' and '.'")
    return options


def plan_of(options, argv):
    """The `SearchPlan` of the command line."""
    from plants.search import space
    from plants.search.search_plan import SearchPlan
    from plants.search.study import masked

    recipe = override(catalog.by_name(options.recipe), *options.set)
    space.refuse_unsearchable(recipe)
    study = options.study or recipe.name
    return SearchPlan(
        recipe=recipe,
        dataset=sources.open_dataset(options.data, announce=commandline.aside),
        folder=options.out or Path("runs") / f"search-{study}",
        num_trials=options.trials,
        seed=options.seed,
        study=study,
        storage=options.storage,
        command=("search.py", *(_without_password(word, options.storage, masked) for word in argv)),
    )


def _without_password(word, storage, masked):
    return word.replace(storage, masked(storage)) if storage else word


def report(plan, study, data):
    """What was found, where it lies and what comes next; `data` is that of the command line."""
    from plants.search import search_plan as names
    from plants.search import study_pictures, trial
    from plants.search.study import masked

    table, recipe, best = plan.folder / names.TABLE, plan.folder / names.BEST, trial.best_trial(study)
    print(f"\nstudy {study.study_name!r} in {masked(plan.url)}; wrote {table} and pictures beside it")
    if not study_pictures.importance(study):
        print(f"no {names.IMPORTANCE}: importance needs two completed trials of different accuracy")
    if best is None:
        print(f"no trial was completed, so there is no {names.BEST}: raise --trials")
        return
    score = f"accuracy {best.value:.4f} on {best.user_attrs[trial.RESULT]['n_validation']} validation images"
    train = ["python", "train.py", "--recipe", str(recipe), *(["--data", data] if data else [])]
    train += ["--seed", str(plan.seed)] if plan.seed else []
    run = plan.trial_folder(best.number)  # elsewhere, if a search in another folder trained it
    print(f"best: trial {best.number}, chosen for its {score}{f'; its run is {run}' if run.exists() else ''}")
    print(f"next: {shlex.join(train)}")


def main(argv=None):
    options = parse(argv)
    plan = plan_of(options, sys.argv[1:] if argv is None else argv)

    from plants.search.run_search import run_search

    try:
        study = run_search(plan)
    except KeyboardInterrupt:
        print(f"\nwhat is finished is kept in {plan.folder}; the same search.py command goes on")
        raise
    report(plan, study, options.data)


if __name__ == "__main__":
    sys.exit(commandline.run(main))
