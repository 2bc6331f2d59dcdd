"""Which runs may share a zip."""

import shutil

import pytest
import tiny_runs

from plants import files
from plants.bundle.members import contest_of, open_members
from plants.contests import contest as contests
from plants.errors import InputError


def bare_run(folder, *, weights=b"weights", **changes):
    """A run folder as far as open_members reads it."""
    folder.mkdir(parents=True)
    files.write_json(folder / "run.json", tiny_runs.record(seed=0) | changes)
    (folder / "best.weights.h5").write_bytes(weights)
    return folder


def test_the_order_of_the_paths_and_their_names_do_not_matter(tmp_path):
    for name, weights in [("a", b"1"), ("b", b"2"), ("c", b"3")]:
        bare_run(tmp_path / name, weights=weights)
    one = [member.path.name for member in open_members([tmp_path / name for name in "abc"])]
    other = [member.path.name for member in open_members([tmp_path / name for name in "bca"])]
    assert one == other and sorted(one) == ["a", "b", "c"]


def test_a_run_of_members_gives_all_of_them(tmp_path):
    bare_run(tmp_path / "run", members=["fold-0", "fold-1"])
    bare_run(tmp_path / "run" / "fold-0", weights=b"1")
    bare_run(tmp_path / "run" / "fold-1", weights=b"2")
    bare_run(tmp_path / "single", weights=b"3")
    found = open_members([tmp_path / "run", tmp_path / "single"])
    assert {member.path.name for member in found} == {"fold-0", "fold-1", "single"}


def test_an_interrupted_run_is_used_and_said_aloud(tmp_path):
    bare_run(tmp_path / "run", status="interrupted")
    said = []
    assert len(open_members([tmp_path / "run"], announce=said.append)) == 1
    assert said == [
        f"note: the training in {tmp_path / 'run'} was interrupted; its best weights so far are used"
    ]


def test_an_interrupted_member_is_said_aloud_too(tmp_path):
    bare_run(tmp_path / "run", members=["fold-0"])
    bare_run(tmp_path / "run" / "fold-0", status="interrupted")
    said = []
    open_members([tmp_path / "run"], announce=said.append)
    assert len(said) == 1 and "was interrupted" in said[0]


def test_a_finished_run_needs_no_note(tmp_path):
    said = []
    open_members([bare_run(tmp_path / "run")], announce=said.append)
    assert said == []


def test_different_classes_are_refused_naming_both_runs_and_lists(tmp_path):
    bare_run(tmp_path / "a", class_names=["Fern", "Moss"])
    bare_run(tmp_path / "b", class_names=["Moss", "Fern"], weights=b"2")
    message = r"/a and .*/b know different classes: Fern, Moss against Moss, Fern\. Name only runs of"
    with pytest.raises(InputError, match=message):
        open_members([tmp_path / "a", tmp_path / "b"])


def test_different_splits_are_refused_naming_both_runs_and_hashes(tmp_path):
    bare_run(tmp_path / "a")
    bare_run(tmp_path / "b", split={"hash": "b" * 64, "seed": 1, "holdout": 0.15}, weights=b"2")
    message = r"/a and .*/b were trained on different splits, 555555555555 against bbbbbbbbbbbb: .*split_seed"
    with pytest.raises(InputError, match=message):
        open_members([tmp_path / "a", tmp_path / "b"])


def test_a_member_on_another_split_is_refused_too(tmp_path):
    bare_run(tmp_path / "run", members=["fold-0"])
    bare_run(tmp_path / "run" / "fold-0", split={"hash": "b" * 64})
    with pytest.raises(InputError, match="trained on different splits"):
        open_members([tmp_path / "run"])


def composition(folder, *weights):
    """A run of as many nets as there are weights."""
    names = [f"class{index}" for index in range(len(weights))]
    bare_run(folder, nets=names)
    (folder / "best.weights.h5").unlink()
    for name, own in zip(names, weights, strict=True):
        bare_run(folder / name, weights=own, class_names=[name, "others"])
    return folder


def test_a_composition_is_one_member_whatever_its_nets_tell_apart(tmp_path):
    composition(tmp_path / "one", b"1", b"2")
    composition(tmp_path / "two", b"1", b"3")
    found = open_members([tmp_path / "one", tmp_path / "two"])
    assert sorted(member.path.name for member in found) == ["one", "two"]
    assert [len(member.nets) for member in found] == [2, 2]


def test_two_compositions_of_the_same_nets_are_refused(tmp_path):
    composition(tmp_path / "one", b"1", b"2")
    composition(tmp_path / "two", b"1", b"2")
    with pytest.raises(InputError, match=r"/one and .*/two hold the same weights; name each run once"):
        open_members([tmp_path / "one", tmp_path / "two"])


def test_a_composition_that_lacks_the_weights_of_a_net_is_refused(tmp_path):
    (composition(tmp_path / "run", b"1", b"2") / "class1" / "best.weights.h5").unlink()
    with pytest.raises(InputError, match=r"run/class1/best.weights.h5 is missing: .* train again"):
        open_members([tmp_path / "run"])


def test_the_same_run_under_two_names_is_refused(tmp_path):
    bare_run(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    with pytest.raises(InputError, match=r"/a and .*/b hold the same weights; name each run once"):
        open_members([tmp_path / "a", tmp_path / "b"])


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="nowhere is not a run folder"):
        open_members([tmp_path / "nowhere"])


def test_a_run_that_was_killed_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(InputError, match="has not ended: give the same train.py command again"):
        open_members([bare_run(tmp_path / "run", status="running")])


def test_a_run_without_weights_is_refused_naming_the_file(tmp_path):
    (bare_run(tmp_path / "run") / "best.weights.h5").unlink()
    with pytest.raises(InputError, match=r"run/best.weights.h5 is missing: .* train again"):
        open_members([tmp_path / "run"])


AN2DL_2024 = contests.by_name("an2dl-2024")
GROVE = """\
title = "Two plants"
classes = ["Moss", "Fern"]
image_side = 96
profile = "codalab-2022"
state = "open"
upload = "the zip"
"""


@pytest.fixture
def grove(tmp_path):
    """The path of a contest of one's own."""
    (tmp_path / "grove.toml").write_text(GROVE)
    return str(tmp_path / "grove.toml")


def test_runs_from_before_there_were_contests_are_of_the_first_one(tmp_path):
    members = open_members([bare_run(tmp_path / "old")])
    assert contest_of(members) == contests.default()
    assert members[0].image_side == 96


def test_a_zip_is_for_the_contest_of_its_runs(tmp_path):
    members = open_members([bare_run(tmp_path / "run", contest=AN2DL_2024.to_dict())])
    assert contest_of(members) == contest_of(members, "an2dl-2024") == AN2DL_2024


def test_runs_of_different_contests_need_one_to_be_named(tmp_path):
    members = open_members(
        [
            bare_run(tmp_path / "one", contest=AN2DL_2024.to_dict()),
            bare_run(tmp_path / "two", weights=b"2"),
        ]
    )
    with pytest.raises(InputError, match="different contests, an2dl-2022, an2dl-2024: name one with"):
        contest_of(members)
    assert contest_of(members, "an2dl-2022") == contests.default()  # whose classes they have


def test_runs_of_two_contests_with_one_name_need_one_to_be_named(tmp_path):
    closed = AN2DL_2024.to_dict() | {"state": "closed", "image_side": 64}
    bare_run(tmp_path / "one", contest=AN2DL_2024.to_dict())
    members = open_members([tmp_path / "one", bare_run(tmp_path / "two", weights=b"2", contest=closed)])
    message = "contests, an2dl-2024, an2dl-2024, which differ in image_side, state: name one with --contest"
    with pytest.raises(InputError, match=message):
        contest_of(members)


def test_another_contest_of_the_same_classes_may_be_named(tmp_path, grove):
    members = open_members([bare_run(tmp_path / "run", class_names=["Moss", "Fern"])])
    assert contest_of(members, grove).name == "grove"


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"class_names": ["Moss", "Oak"]}, "run: the classes are Moss, Oak, but those of grove are Moss"),
        ({"image_shape": [64, 64, 3]}, "run: images of 64x64 pixels, but those of grove have 96x96"),
        ({"class_names": ["Fern", "Moss"]}, "run numbers its classes Fern, Moss, grove Moss, Fern: train"),
    ],
)
def test_a_contest_that_the_runs_were_not_trained_for_is_refused(tmp_path, grove, changes, message):
    members = open_members([bare_run(tmp_path / "run", **{"class_names": ["Moss", "Fern"]} | changes)])
    with pytest.raises(InputError, match=message):
        contest_of(members, grove)


def test_runs_on_images_of_different_sizes_are_refused(tmp_path):
    bare_run(tmp_path / "a")
    bare_run(tmp_path / "b", weights=b"2", image_shape=[64, 64, 3])
    with pytest.raises(InputError, match="a and .*b know images of different sizes, 96 against 64 pixels"):
        open_members([tmp_path / "a", tmp_path / "b"])


def test_a_run_whose_contest_cannot_be_read_is_named(tmp_path):
    members = open_members([bare_run(tmp_path / "run", contest={"name": "x", "colour": "red"})])
    with pytest.raises(InputError, match=r"run.run\.json: contest: no field 'colour'.*; train again"):
        contest_of(members)
