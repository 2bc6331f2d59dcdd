"""Where a comparison or a study would train, runs made by hand appear at once."""

import dataclasses

import hand_made
import jobs_here

from plants.recipes import catalog
from plants.recipes.recipe import Phase
from plants.runs import provenance
from plants.training import make_run as making
from plants.training import preflight

RECIPE = dataclasses.replace(
    catalog.by_name("smoke"),
    weights="none",
    batch_size=16,
    phases=(Phase("only", 1, 0.05, 32),),
    image_size=32,
    folds=2,
)


def single(name, **changes):
    """A recipe of that name without folds."""
    return dataclasses.replace(RECIPE, **{"name": name, "folds": 0} | changes)


def train_by_hand(monkeypatch):
    """From now on nothing is trained; returns the list that gets the names of the recipes, in their order."""
    names = []

    def quickly(plan):
        names.append(plan.recipe.name)
        dataset = plan.task.dataset
        hand_made.run(plan.folder, plan.recipe, "110110100111", seed=plan.seed, dataset=dataset)

    jobs_here.do_jobs_here(monkeypatch)
    monkeypatch.setattr(preflight, "run_in_subprocess", jobs_here.call)
    monkeypatch.setattr(making, "make_run", quickly)
    monkeypatch.setattr(provenance, "commit", lambda: "abc123")
    return names
