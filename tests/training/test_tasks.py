"""What the members of a run are to learn: folds, one class against all others, bundles."""

import dataclasses

import numpy as np
import pytest

from plants.data.dataset import Dataset
from plants.data.splits import Split
from plants.errors import InputError
from plants.recipes import catalog
from plants.recipes.overrides import override
from plants.training import tasks

NAMES = ("Ash", "Birch", "Cedar", "Oak")


@pytest.fixture
def task():
    """Two images of each of four classes to train on, one to validate with, one held out."""
    labels = np.tile(np.arange(4), 4)
    images = np.zeros((16, 96, 96, 3), np.uint8) + np.arange(16, dtype=np.uint8)[:, None, None, None]
    names = tuple(f"{NAMES[label]}/{index}.png" for index, label in enumerate(labels))
    fixed = Split(np.arange(8), np.arange(8, 12), np.arange(12, 16), seed=0, hash="5" * 64)
    return tasks.Task(Dataset(images, labels, NAMES, names, "test images"), fixed)


def numbers(dataset):
    """Which of the sixteen images a dataset holds."""
    return dataset.images[:, 0, 0, 0].tolist()


def test_the_datasets_of_a_plain_task_are_those_of_its_split(task):
    training, validation = task.datasets
    assert (numbers(training), numbers(validation)) == ([*range(8)], [8, 9, 10, 11])
    assert training.class_names == task.class_names == NAMES


def test_groups_keep_their_classes_images_and_label_them_by_group(task):
    training, validation = dataclasses.replace(task, class_groups=((3,), (0, 2))).datasets
    assert training.class_names == ("Oak", "Ash+Cedar")
    assert numbers(training) == [0, 2, 3, 4, 6, 7]  # no Birch
    assert training.labels.tolist() == [1, 1, 0, 1, 1, 0]
    assert (numbers(validation), validation.labels.tolist()) == ([8, 10, 11], [1, 1, 0])
    assert training.names[0] == "Ash/0.png"


def test_one_vs_rest_sets_each_class_against_all_others(task):
    members = tasks.members(catalog.by_name("one-vs-rest"), task)
    assert list(members) == ["class0", "class1", "class2", "class3"]
    recipe, third = members["class2"]
    assert third.class_groups == ((2,), (0, 1, 3))
    assert third.class_names == ("Cedar", "Ash+Birch+Oak")
    assert third.datasets[0].labels.tolist() == [1, 1, 0, 1] * 2
    assert recipe == dataclasses.replace(catalog.by_name("one-vs-rest"), composition="single")


def test_a_hierarchy_has_a_net_for_the_bundles_and_one_within_each_of_several(task):
    recipe = override(catalog.by_name("hierarchical"), "bundles=Oak+Birch/Cedar/Ash")
    members = tasks.members(recipe, task)
    assert {name: own.class_groups for name, (_, own) in members.items()} == {
        "bundles": ((3, 1), (2,), (0,)),
        "bundle0": ((3,), (1,)),
    }
    inner = members["bundle0"][1].datasets[0]
    assert (inner.class_names, numbers(inner)) == (("Oak", "Birch"), [1, 3, 5, 7])
    assert inner.labels.tolist() == [1, 0, 1, 0]
    for own, _ in members.values():
        assert (own.composition, own.bundles, own.bundles_from) == ("single", "", "")


@pytest.fixture
def forty():
    """Forty images of two classes, none like another."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 96, 96, 3), dtype=np.uint8)
    names = tuple(f"{index}.png" for index in range(40))
    dataset = Dataset(images, np.arange(40) % 2, ("Ash", "Birch"), names, "test images")
    return tasks.Task(
        dataset, Split(np.arange(20), np.arange(20, 30), np.arange(30, 40), seed=0, hash="5" * 64)
    )


def test_folds_are_members_that_validate_on_another_part_each(forty):
    recipe = override(catalog.by_name("default"), "folds=3")
    members = tasks.members(recipe, forty)
    assert list(members) == ["fold0", "fold1", "fold2"]
    assert [own.fold for _, own in members.values()] == [{"index": i, "count": 3} for i in range(3)]
    assert {own for own, _ in members.values()} == {dataclasses.replace(recipe, folds=0)}
    validated = np.concatenate([own.split.validation for _, own in members.values()])
    assert sorted(validated) == list(range(30))


def test_the_first_fold_alone_is_the_first_of_all_of_them(forty):
    recipe = override(catalog.by_name("default"), "folds=3")
    everything = tasks.members(recipe, forty)
    ((name, (own, first)),) = tasks.members(override(recipe, "first_fold_only=true"), forty).items()
    assert (name, first.fold) == ("fold0", {"index": 0, "count": 3})
    assert own == everything["fold0"][0]
    np.testing.assert_array_equal(first.split.validation, everything["fold0"][1].split.validation)


def test_the_folds_of_a_composition_are_compositions_themselves(forty):
    recipe = override(catalog.by_name("one-vs-rest"), "folds=2")
    own, fold = tasks.members(recipe, forty)["fold1"]
    assert (own.folds, own.composition) == (0, "one-vs-rest")
    inner, net = tasks.members(own, fold)["class1"]
    assert (inner.folds, inner.composition, net.class_groups) == (0, "single", ((1,), (0,)))
    np.testing.assert_array_equal(net.split.validation, fold.split.validation)


def test_more_folds_than_images_of_a_class_are_refused(forty):
    with pytest.raises(InputError, match="16 folds, but class Ash has only 15 images"):
        tasks.members(override(catalog.by_name("default"), "folds=16"), forty)


@pytest.mark.parametrize(
    "assignments, composed, count",
    [
        ([], False, 1),
        (["folds=5"], True, 5),
        (["folds=5", "first_fold_only=true"], True, 1),
        (["composition=one-vs-rest"], True, 8),
        (["composition=one-vs-rest", "folds=2"], True, 16),
    ],
)
def test_a_run_is_composed_where_it_has_several_nets(assignments, composed, count):
    recipe = override(catalog.by_name("default"), *assignments)
    assert (recipe.is_composed, tasks.num_nets(recipe)) == (composed, count)
