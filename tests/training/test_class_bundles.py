"""Bundles of classes: what is refused, and which are found in a confusion matrix."""

import numpy as np
import pytest
from drawn_images import noise_classes

from plants import files
from plants.data import splits
from plants.errors import InputError
from plants.recipes import catalog
from plants.recipes.overrides import override
from plants.runs import run_folder
from plants.training import class_bundles

NAMES = ("Ash", "Birch", "Cedar", "Oak")
# True by predicted, 100 images of each class. Taken for each other: Ash and Oak 50 of 200, Birch and
# Cedar 10, Birch and Oak 4, Ash and Cedar 2.
CONFUSION = np.array([[75, 0, 0, 25], [0, 92, 4, 4], [2, 6, 92, 0], [25, 0, 0, 75]])


@pytest.mark.parametrize(
    "text, labels",
    [
        ("Ash+Oak/Birch/Cedar", ((0, 3), (1,), (2,))),
        ("Oak/Cedar+Birch+Ash", ((3,), (2, 1, 0))),
        (" Ash + Oak / Birch+Cedar ", ((0, 3), (1, 2))),
    ],
)
def test_bundles_are_read_in_the_order_they_are_written(text, labels):
    assert class_bundles.parse(text, NAMES) == labels


def test_names_of_bundles_may_be_typed_in_decomposed_unicode():
    names = ("Variet\u00e0", "\u00c4hre", "fern")
    assert class_bundles.parse("Varieta\u0300+fern/A\u0308hre", names) == ((0, 2), (1,))


@pytest.mark.parametrize(
    "text, problem",
    [
        ("Ash+Elm/Birch+Cedar/Oak", "unknown: Elm"),
        ("Ash+Oak/Birch", "missing: Cedar"),
        ("Ash+Oak/Birch+Oak/Cedar", "twice: Oak"),
        ("Ash+Ash/Birch+Oak/Cedar", "twice: Ash"),
        ("Ash+Birch+Cedar+Oak", "1 bundles of 4 classes"),
        ("Ash/Birch/Cedar/Oak", "4 bundles of 4 classes"),
        ("Ash+Oak//Birch+Cedar", "unknown: "),
    ],
)
def test_what_is_no_partition_is_refused_saying_how_one_is_written(text, problem):
    with pytest.raises(InputError) as caught:
        class_bundles.parse(text, NAMES)
    assert str(caught.value) == (
        f"bundles {text!r} do not partition the classes ({problem}); expected every class once, in two "
        "bundles or more and not all alone, such as Ash+Birch/Cedar/Oak"
    )


@pytest.mark.parametrize(
    "count, found",
    [
        (3, ((0, 3), (1,), (2,))),
        (2, ((0, 3), (1, 2))),
    ],
)
def test_classes_that_are_taken_for_each_other_are_bundled(count, found):
    assert class_bundles.find(CONFUSION, count) == found


def test_a_rare_class_counts_by_its_share_of_mistakes():
    # 4 of 8 cedars are taken for birches: 4 of 108 images. Ash and Oak: 6 of 200.
    confusion = np.array([[94, 0, 0, 6], [0, 100, 0, 0], [0, 4, 4, 0], [0, 0, 0, 100]])
    assert class_bundles.find(confusion, 3) == ((0,), (1, 2), (3,))


def test_a_class_without_images_is_no_obstacle():
    confusion = np.zeros((4, 4), int)
    confusion[0, 3] = confusion[3, 0] = confusion[1, 1] = 5
    assert (0, 3) in class_bundles.find(confusion, 3)


@pytest.mark.parametrize("count", range(2, 8))
def test_there_are_as_many_bundles_as_asked_for_even_if_few_classes_are_confused(count):
    confusion = 9 * np.eye(8, dtype=int)
    confusion[2, 6] = 1
    found = class_bundles.find(confusion, count)
    assert len(found) == count and sorted(sum(found, ())) == list(range(8))
    assert any({2, 6} <= set(bundle) for bundle in found)


def test_a_run_that_confuses_nothing_has_no_bundles_to_find():
    message = "^bundles_from: no class was taken for another in 36 validation answers, .*; name them with"
    with pytest.raises(InputError, match=message):
        class_bundles.find(9 * np.eye(4, dtype=int), 2)


@pytest.mark.parametrize("count", [1, 4, 5])
def test_a_number_of_bundles_that_parts_nothing_is_refused(count):
    message = f"'bundle_count': got {count}, expected 2 to 3 for 4 classes"
    with pytest.raises(InputError, match=message):
        class_bundles.find(CONFUSION, count)


IMAGES = noise_classes(**dict.fromkeys(NAMES, 3))  # one each to train on, to validate with and to hold out


def run_that_confuses(folder, *, names=NAMES, images=IMAGES, split_seed=0, holdout=0.15):
    """A finished run on `images` whose validation answers are those of CONFUSION."""
    folder.mkdir()
    labels, answers = (np.repeat(places, CONFUSION.ravel()) for places in np.indices((4, 4)).reshape(2, 16))
    probabilities = np.eye(4, dtype="float32")[answers]
    record = {
        "format": run_folder.FORMAT,
        "status": run_folder.FINISHED,
        "class_names": list(names),
        "split": {"hash": splits.split(images, split_seed).hash, "holdout": holdout},
    }
    files.write_json(folder / run_folder.RUN, record)
    np.savez(folder / run_folder.VALIDATION, labels=labels, probabilities=probabilities)
    return folder


def hierarchical(*assignments):
    return override(catalog.by_name("hierarchical"), "bundles=", *assignments)


def name_bundles(recipe):
    """As a plan has it done: with the split of the recipe on IMAGES."""
    make = splits.split if recipe.holdout else splits.without_holdout
    return class_bundles.name_bundles(recipe, IMAGES, make(IMAGES, recipe.split_seed))


def test_bundles_are_found_in_the_answers_of_a_run_and_written_out(tmp_path):
    run = run_that_confuses(tmp_path / "run")
    recipe = hierarchical(f"bundles_from={run}", "bundle_count=3")
    named = name_bundles(recipe)
    assert (named.bundles, named.bundles_from) == ("Ash+Oak/Birch/Cedar", "")
    assert named.bundle_count == 4  # its default: what has no effect any more


def test_a_net_for_all_images_may_have_the_bundles_that_a_run_with_validation_found(tmp_path):
    run = run_that_confuses(tmp_path / "run")
    recipe = hierarchical(f"bundles_from={run}", "bundle_count=3", "holdout=0")
    assert name_bundles(recipe).bundles == "Ash+Oak/Birch/Cedar"


def test_a_run_on_other_classes_is_refused(tmp_path):
    run = run_that_confuses(tmp_path / "run", names=("Ash", "Birch", "Cedar", "Elm"))
    with pytest.raises(InputError, match="run knows the classes Ash, Birch, Cedar, Elm, but the data has"):
        name_bundles(hierarchical(f"bundles_from={run}"))


def test_a_run_on_another_split_is_refused(tmp_path):
    run = run_that_confuses(tmp_path / "run", split_seed=1)
    message = r"run is of another split: its validation images may be held out here; .* with split_seed=0$"
    with pytest.raises(InputError, match=message):
        name_bundles(hierarchical(f"bundles_from={run}"))
    assert name_bundles(hierarchical(f"bundles_from={run}", "split_seed=1", "bundle_count=3"))


def test_a_run_on_other_images_of_the_same_classes_is_refused(tmp_path):
    more = noise_classes(**dict.fromkeys(NAMES, 4))
    run = run_that_confuses(tmp_path / "run", images=more)
    with pytest.raises(InputError, match="run is of another split: its validation images may be held out"):
        name_bundles(hierarchical(f"bundles_from={run}"))


def test_a_run_without_validation_is_refused(tmp_path):
    run = run_that_confuses(tmp_path / "run", holdout=0.0)
    message = r"run trained on all images \(holdout=0\), so it has no answers to find bundles in that leave"
    with pytest.raises(InputError, match=message):
        name_bundles(hierarchical(f"bundles_from={run}"))


def test_a_link_is_refused_since_it_may_name_this_run_when_the_command_is_given_again(tmp_path):
    (tmp_path / "runs").mkdir()
    run_that_confuses(tmp_path / "runs" / "first")
    (tmp_path / "runs" / "latest").symlink_to("first")
    message = (
        "runs/latest is a link, which may name another run before this one has ended: name .*/runs/first"
    )
    with pytest.raises(InputError, match=message):
        name_bundles(hierarchical(f"bundles_from={tmp_path / 'runs' / 'latest'}"))


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="nowhere is not a run folder"):
        name_bundles(hierarchical(f"bundles_from={tmp_path / 'nowhere'}"))
