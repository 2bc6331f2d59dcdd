"""What is said before a training: on how many images, how long, and what may be meant otherwise."""

from collections.abc import Callable, Iterator

from plants.data import near_copies
from plants.data.dataset import Dataset
from plants.nets import build, lite
from plants.progress import clock
from plants.recipes import catalog
from plants.recipes import recipe as recipes
from plants.recipes.recipe import Recipe
from plants.training import tasks
from plants.training.plan import TrainingPlan
from plants.training.work import work

ONLY_LITE = ("drop_path", "norm_momentum")  # fields that other backbones do not read


def plan_seconds(plan: TrainingPlan) -> float | None:
    """What a plan takes on 2 CPU cores, None if that is not known."""
    split = plan.task.split
    n_training = images_per_net(plan.recipe, len(split.training), len(split.validation))
    return expected_seconds(plan.recipe, n_training)


def images_per_net(recipe: Recipe, n_training: int, n_validation: int) -> int:
    """How many images each net of a recipe trains on, where so many are to train on and for validation."""
    if not recipe.folds:
        return n_training
    return (n_training + n_validation) * (recipe.folds - 1) // recipe.folds


def expected_seconds(asked: Recipe, n_training: int) -> float | None:
    """What training a recipe takes on 2 CPU cores, from the minutes of its namesake in the catalogue.

    None where the backbone is not its namesake's: what another one costs is not known beforehand.
    """
    recipe = catalog.RECIPES.get(asked.name, asked)
    if recipe.backbone != asked.backbone:
        return None
    share = work(asked, n_training) / work(recipe, recipes.MEASURED_ON)
    return 60 * recipe.minutes * share * tasks.num_nets(asked) / tasks.num_nets(recipe)


def announce(plan: TrainingPlan, say: Callable[[str], None]) -> None:
    """Says what is trained on and how long it takes, unless it is a member of a run that said it."""
    if not plan.task.is_of_member:
        for line in _outlook(plan):
            say(line)
    validated = plan.recipe.folds or len(plan.task.split.validation)
    if not validated and any(phase.patience for phase in plan.recipe.phases):
        say("no validation images, so patience has no effect: every phase trains all its epochs")


def _outlook(plan: TrainingPlan) -> Iterator[str]:
    recipe, dataset, split = plan.recipe, plan.task.dataset, plan.task.split
    n_training, n_validation = len(split.training), len(split.validation)
    images = f"{n_training} to train on, {n_validation} for validation"
    if recipe.folds:
        images = f"{n_training + n_validation} in {recipe.folds} folds"
    yield (
        f"{dataset.source}: {len(dataset)} images of {len(plan.task.class_names)} classes; {images}, "
        f"{len(split.held_out)} held out"
    )
    if recipe.holdout or recipe.folds:  # else nothing is kept apart
        yield from near_copies.describe(dataset, recipe.near_copies)
    seconds = plan_seconds(plan)
    expected = (
        f"expect about {clock(seconds)}" if seconds else f"how long {recipe.backbone} takes is not known"
    )
    machine = "2 CPU cores" + (", less on the GPU here" if build.use_xla() else "")
    yield f"recipe {recipe.name!r}: {expected} on {machine}; {_kept(recipe)}"
    yield from _departures(dataset)
    idle = [name for name in ONLY_LITE if getattr(recipe, name) != getattr(Recipe, name)]
    if idle and recipe.backbone not in lite.SCALINGS:
        yield f"without effect on {recipe.backbone}, since only Lite has it: {', '.join(idle)}"
    last = recipe.phases[-1]
    if last.image_size != recipe.image_size:
        yield (
            f"trains at {last.image_size} pixels in the end and answers at {recipe.image_size}: --set "
            f"phases.{len(recipe.phases) - 1}.image_size={recipe.image_size} if that is not meant"
        )


def _departures(dataset: Dataset) -> Iterator[str]:
    """In what the images are not those of the contest that they are trained on for."""
    contest, side = dataset.contest, dataset.side
    if contest.order_of(dataset.class_names) is None:
        yield (
            f"these are not the classes of {contest.name}, so they are numbered in sorted order: "
            "--contest names another contest"
        )
    elif absent := len(contest.classes) - len(dataset.class_names):
        yield (
            f"{absent} of the {len(contest.classes)} classes of {contest.name} are missing, which its server "
            "counts: answers will be numbered otherwise"
        )
    if side != contest.image_side:
        yield (
            f"these images have {side}x{side} pixels, those of {contest.name} "
            f"{contest.image_side}x{contest.image_side}: --contest names another contest"
        )


def _kept(recipe: Recipe) -> str:
    """What a Ctrl-C leaves of a run."""
    if not recipe.is_composed:
        return "Ctrl-C keeps what is learned"
    if recipe.folds or recipe.ensemble:
        kept = "folds" if recipe.folds else "nets"
        return f"Ctrl-C keeps the {kept} with an epoch at least, and the same command goes on"
    return "after a Ctrl-C the same command goes on"
