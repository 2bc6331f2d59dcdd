"""One run, from a recipe and a dataset to a finished run folder."""

from pathlib import Path

from plants.data import splits
from plants.errors import InputError
from plants.nets import backbones, build, lite
from plants.recipes import catalog
from plants.recipes import recipe as recipes
from plants.runs import reserve, run_folder
from plants.runs.in_subprocess import run_in_subprocess
from plants.training import bundles, composed_run, memory, optimizers, phases, single_run, tasks
from plants.training.progress import clock

OF_LITE = ("drop_path", "norm_momentum")  # fields that other backbones do not read


def make_run(recipe, dataset, folder=None, *, seed, command, say=print, after_epoch=None):
    """Trains a recipe on a dataset and leaves a complete run folder; returns its `Run`.

    Without a `folder` it is runs/<date>-<recipe>. An unfinished run of the same recipe, seed and
    data goes on where it stopped. Ctrl-C and a loss that is not finite end a run early: the best
    epoch so far of a single net, or the folds with one at least, are kept as a usable run, marked as
    interrupted, and the error is raised again; a composition can only be gone on with.
    The nets of folds and compositions are trained one by one, each in a process of its own.
    `after_epoch(line)` is called with each line of metrics.jsonl of a single net.

    Raises InputError if `folder` holds a finished or another run, if it cannot be written, if the
    recipe's weights are not at hand, or if the data cannot be split as it says.
    """
    split = (splits.split if recipe.holdout else splits.whole)(dataset, recipe.split_seed)
    recipe = settled(recipe, dataset)
    task = tasks.Task(dataset, split)
    record = _new_record(recipe, task, seed=seed, command=command)
    folder = Path(folder) if folder else reserve.default_folder(record)
    return _train(recipe, task, folder, record, say=say, after_epoch=after_epoch)


def settled(recipe, dataset):
    """The recipe with its bundles by name, once its weights are known to lie on this machine.

    Raises InputError if they cannot be downloaded, or if the bundles do not partition the classes:
    before a net is built, or another recipe is trained.
    """
    named = bundles.settled(recipe, dataset)
    require_weights(recipe)
    return named


def require_weights(recipe):
    """Raises InputError unless the recipe's weights are at hand; downloads them if need be."""
    backbones.weights_file(recipe)


def require_buildable(recipe, num_classes):
    """Raises InputError unless the recipe's weights fit its net, which has the layers that its phases name.

    It builds the net, in a process of its own, for those who would else learn it only after hours of other
    trainings.
    """
    run_in_subprocess(_build_once, recipe, num_classes, doing=f"building the net of {recipe.name}")


def _build_once(recipe, num_classes):
    with memory.told_of_net():
        net = build.build(recipe, num_classes)
    optimizers.refuse_missing_layers(net, recipe)


def _train(recipe, task, folder, record, *, say=print, after_epoch=None):
    """The run of a task, single or composed."""
    members = tasks.members(recipe, task) if tasks.is_composed(recipe) else {}
    try:
        with reserve.claimed(folder, record):
            record = reserve.continued(record, run_folder.read_record(folder))
            _announce(recipe, task, say)
            if record["earlier_tries"]:
                say("an earlier try was with other code or packages than these: run.json names them")
            try:
                if members:
                    return _train_members(members, task, folder, record, say=say)
                seed = record["seed"]
                training = phases.Training(
                    recipe, task.parts, folder, seed=seed, say=say, after_epoch=after_epoch
                )
                return single_run.train(training, record)
            finally:
                reserve.point_latest_to(folder, say=say)
    except OSError as error:
        raise InputError(
            f"cannot write the run in {folder}: {error.strerror or error}; free space or choose another --out"
        ) from error


def _train_members(members, task, folder, record, *, say):
    def train_member(name):
        own_recipe, own_task = members[name]
        own_record = _new_record(own_recipe, own_task, seed=record["seed"], command=record["command"])
        there = run_folder.read_record(folder / name)
        if there and there["status"] == run_folder.FINISHED and reserve.is_same_training(own_record, there):
            return
        say(f"\n{name} ({list(members).index(name) + 1} of {len(members)}): {_described(own_task)}")
        run_in_subprocess(
            _train, own_recipe, own_task, folder / name, own_record, doing=f"training {folder / name}"
        )

    return composed_run.train(list(members), task, folder, record, train_member=train_member)


def _described(task):
    if task.class_groups is None:
        return f"validated on fold {task.fold['index'] + 1} of {task.fold['count']}"
    return " against ".join(task.class_names)


def _new_record(recipe, task, *, seed, command):
    """run.json as it stands at the start of a training."""
    dataset, split = task.dataset, task.split
    record = {
        "format": run_folder.FORMAT,
        "status": run_folder.RUNNING,
        "recipe": recipes.to_dict(recipe),
        "seed": seed,
        "command": list(command),
        "commit": run_folder.commit(),
        "versions": run_folder.versions(),
        "data": {"source": dataset.source, "content_hash": dataset.content_hash, "n": len(dataset)},
        "split": {
            "hash": split.hash,
            "seed": recipe.split_seed,
            "holdout": recipe.holdout,
            "n_training": len(split.training),
            "n_validation": len(split.validation),
            "n_held_out": len(split.held_out),
        },
        "class_names": list(task.class_names),
        "best": None,
        "validation": None,
        "earlier_tries": [],
        **dict.fromkeys(composed_run.SUMMED),
    }
    if task.fold is not None:
        record["fold"] = task.fold
    if task.class_groups is not None:
        record["class_groups"] = [list(group) for group in task.class_groups]
    return record


def images_per_net(recipe, n_training, n_validation):
    """How many images each net of a recipe trains on, where the split has that many in its two parts."""
    if not recipe.folds:
        return n_training
    return (n_training + n_validation) * (recipe.folds - 1) // recipe.folds


def expected_seconds(asked, n_training):
    """What training the recipe `asked` takes on 2 CPU cores, from the minutes its namesake takes.

    None where the backbone is not its namesake's: what another one costs is not known beforehand.
    """
    recipe = catalog.RECIPES.get(asked.name, asked)
    if recipe.backbone != asked.backbone:
        return None
    share = phases.work(asked, n_training) / phases.work(recipe, recipes.MEASURED_ON)
    return 60 * recipe.minutes * share * tasks.num_nets(asked) / tasks.num_nets(recipe)


def _kept(recipe):
    """What a Ctrl-C leaves of a run."""
    if not tasks.is_composed(recipe):
        return "Ctrl-C keeps what is learned"
    if recipe.folds:
        return "Ctrl-C keeps the folds with an epoch at least, and the same command goes on"
    return "after a Ctrl-C the same command goes on"


def _announce(recipe, task, say):
    if task.fold is None and task.class_groups is None:
        for line in _outlook(recipe, task):
            say(line)
    validated = recipe.folds or len(task.split.validation)
    if not validated and any(phase.patience for phase in recipe.phases):
        say("no validation images, so patience has no effect: every phase trains all its epochs")


def _outlook(recipe, task):
    """What is trained on and how long it takes, line by line, and what may be meant otherwise."""
    dataset, split = task.dataset, task.split
    n_training, n_validation = len(split.training), len(split.validation)
    parts = f"{n_training} to train on, {n_validation} for validation"
    if recipe.folds:
        parts = f"{n_training + n_validation} in {recipe.folds} folds"
    yield (
        f"{dataset.source}: {len(dataset)} images of {len(task.class_names)} classes; {parts}, "
        f"{len(split.held_out)} held out"
    )
    seconds = expected_seconds(recipe, images_per_net(recipe, n_training, n_validation))
    expected = (
        f"expect about {clock(seconds)}" if seconds else f"how long {recipe.backbone} takes is not known"
    )
    machine = "2 CPU cores" + (", less on the GPU here" if build.use_xla() else "")
    yield f"recipe {recipe.name!r}: {expected} on {machine}; {_kept(recipe)}"
    idle = [name for name in OF_LITE if getattr(recipe, name) != getattr(recipes.Recipe, name)]
    if idle and recipe.backbone not in lite.SCALINGS:
        yield f"without effect on {recipe.backbone}, since only Lite has it: {', '.join(idle)}"
    last = recipe.phases[-1]
    if last.image_size != recipe.image_size:
        yield (
            f"trains at {last.image_size} pixels in the end and answers at {recipe.image_size}: --set "
            f"phases.{len(recipe.phases) - 1}.image_size={recipe.image_size} if that is not meant"
        )
