"""A training, planned: what is checked, and what is known of it before a net is built."""

import dataclasses
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from composing import FOLDS, HIERARCHY, ONE_VS_REST, RECIPE

from plants.errors import InputError
from plants.recipes import catalog
from plants.recipes.overrides import override
from plants.training.plan import plan_training

REPO = Path(__file__).parents[2]


def plan(dataset, recipe, folder="out"):
    return plan_training(recipe, dataset, folder, seed=3, command=["train.py", "--seed", "3"])


def test_a_single_net_has_no_members(tiny_dataset):
    planned = plan(tiny_dataset, RECIPE)
    assert (planned.members, planned.folder, planned.seed) == ((), Path("out"), 3)
    assert planned.recipe is RECIPE


def test_the_record_says_all_but_which_code_will_train(tiny_dataset):
    record = plan(tiny_dataset, RECIPE).record
    assert (record["status"], record["seed"], record["command"]) == (
        "running",
        3,
        ["train.py", "--seed", "3"],
    )
    assert record["data"] == {
        "source": "tiny test images",
        "content_hash": tiny_dataset.content_hash,
        "n": 30,
    }
    assert [record["split"][f"n_{part}"] for part in ("training", "validation", "held_out")] == [18, 6, 6]
    assert record["commit"] is record["versions"] is record["best"] is record["seconds"] is None
    assert not {"fold", "class_groups"} & set(record)
    assert (record["contest"]["name"], record["image_shape"]) == ("an2dl-2022", [96, 96, 3])


def test_folds_of_a_composition_are_a_tree_of_plans(tiny_dataset):
    planned = plan(tiny_dataset, dataclasses.replace(HIERARCHY, folds=2))
    assert [member.folder for member in planned.members] == [Path("out/fold0"), Path("out/fold1")]
    for index, fold in enumerate(planned.members):
        assert fold.record["fold"] == {"index": index, "count": 2}
        assert (fold.recipe.folds, fold.recipe.composition) == (0, "hierarchical")
        nets = {net.folder.relative_to(fold.folder).as_posix(): net.record for net in fold.members}
        assert {name: net["class_groups"] for name, net in nets.items()} == {
            "bundles": [[0, 2], [1]],
            "bundle0": [[0], [2]],
        }
        assert all(net["fold"] == fold.record["fold"] and net["seed"] == 3 for net in nets.values())
        assert not any(net.members for net in fold.members)


def test_a_member_can_be_sent_to_another_process(tiny_dataset):
    member = plan(tiny_dataset, ONE_VS_REST).members[2]
    there = pickle.loads(pickle.dumps(member))
    assert (there.recipe, there.folder, there.record) == (member.recipe, member.folder, member.record)
    assert there.task.class_names == ("moss", "daisy+fern")


def test_bundles_of_other_data_are_refused(tiny_dataset):
    with pytest.raises(InputError, match="unknown: Species1, Species2"):
        plan(tiny_dataset, catalog.by_name("hierarchical"))


def test_more_folds_than_images_are_refused(tiny_dataset):
    with pytest.raises(InputError, match="9 folds, but class daisy has only 8 images"):
        plan(tiny_dataset, dataclasses.replace(FOLDS, folds=9))


@pytest.mark.parametrize("changes", [("image_size=95",), ("phases.0.image_size=64",)])
def test_padding_to_less_than_the_images_have_is_refused(tiny_dataset, changes):
    padded = override(RECIPE, "fit=pad", "image_size=96", "phases.0.image_size=96")
    assert plan(tiny_dataset, padded).recipe.fit == "pad"
    with pytest.raises(InputError, match="'fit': got 'pad', expected 'resize' below 96 pixels, which the"):
        plan(tiny_dataset, override(padded, *changes))


def test_planning_loads_no_keras():
    code = "import sys, plants.training.plan; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPO).returncode == 0


def test_a_split_made_without_a_look_for_near_copies_says_so_in_the_record(tiny_dataset, monkeypatch):
    monkeypatch.setattr(
        "plants.data.fingerprints.near_duplicate_groups", lambda *_: pytest.fail("looked for")
    )
    fresh = dataclasses.replace(tiny_dataset)
    planned = plan(fresh, dataclasses.replace(RECIPE, near_copies="off", folds=2))
    assert (
        planned.record["split"]["near_copies"] == planned.members[0].record["split"]["near_copies"] == "off"
    )
