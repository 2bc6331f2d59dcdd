"""Contests as data: those that come with the kit, and files of one's own, told apart and checked."""

import dataclasses
import json
import pickle

import contest_data
import pytest
from PIL import Image

from plants.class_names import canonical
from plants.contests import contest as contests
from plants.data.contest_fit import fit
from plants.data.dataset import load
from plants.errors import InputError
from plants.harness.profiles import PROFILES


def refused(message, function, *arguments, **options):
    """Calling the function is refused with this message, in one line."""
    with pytest.raises(InputError, match=message) as caught:
        function(*arguments, **options)
    assert "\n" not in str(caught.value)


@pytest.fixture
def meadow(tmp_path):
    """A contest of one's own; returns a function that reads it with other lines in the place of its own."""
    path = tmp_path / "meadow.toml"

    def read(**lines):
        kept = [line for line in contest_data.MEADOW.splitlines() if line.split(" ")[0] not in lines]
        path.write_text("\n".join([*kept, *filter(None, lines.values())]), encoding="utf-8")
        return contests.by_name(str(path))

    return read


def test_the_three_contests_of_the_course_come_with_the_kit():
    assert contests.names() == ["an2dl-2022", "an2dl-2023", "an2dl-2024"]
    told = [contests.by_name(name) for name in contests.names()]
    assert [contest.profile for contest in told] == ["codalab-2022", "codalab-2023", "codabench-2024"]
    assert [contest.state for contest in told] == ["closed", "closed", "open"]
    assert [contest.image_side for contest in told] == [96, 96, 96]
    assert [contest.links[0].rpartition("competitions/")[2].strip("/") for contest in told] == [
        *("8522", "16245", "4430")
    ]
    assert [contest.data[0].name for contest in told] == [
        *("training_data_final.zip", "public_data.npz", "training_set.npz")
    ]
    assert {contest.data[0].parent for contest in told} == {contests.FOLDER.parents[1] / "data"}


def test_their_classes_are_in_the_order_in_which_the_servers_count_them():
    first, second, third = (contests.by_name(name).classes for name in contests.names())
    assert first == (
        *("Species1", "Species2", "Species3", "Species4", "Species5", "Species6", "Species7", "Species8"),
    )
    assert second == ("healthy", "unhealthy")
    assert third == (
        *("Basophil", "Eosinophil", "Erythroblast", "Immature granulocytes"),
        *("Lymphocyte", "Monocyte", "Neutrophil", "Platelet"),
    )


def test_where_nothing_is_said_it_is_the_first_one():
    assert contests.by_name(None) == contests.default() == contests.by_name("an2dl-2022")


def test_a_file_of_ones_own_is_a_contest_called_as_the_file(meadow, tmp_path):
    contest = meadow()
    assert (contest.name, contest.classes, contest.image_side) == ("meadow", ("moss", "fern", "daisy"), 64)
    assert contest.data == (tmp_path / "photos",)  # beside the file, from wherever the command is called


def test_a_file_needs_neither_links_nor_a_place_for_the_images(meadow):
    contest = meadow(links="", data="")
    assert (contest.links, contest.data) == ((), ())


@pytest.mark.parametrize(
    "name, message",
    [
        ("an2dl-2025", r"no contest 'an2dl-2025'; the closest is 'an2dl-202.' \(all: an2dl-2022, an2dl-2023"),
        ("blood", r"no contest 'blood'; .* a file of one's own ends in \.toml: see docs/contests\.md"),
        ("", "no contest ''; the closest is"),
        ("nowhere/cells.toml", r"contest file nowhere/cells\.toml: No such file or directory; expected TOML"),
        ("~no-user/cells.toml", r"contest file ~no-user/cells\.toml: No such file or directory"),
    ],
)
def test_what_is_no_contest_is_named_with_the_closest_one(name, message):
    refused(message, contests.by_name, name)


@pytest.mark.parametrize("content", [b"classes = [", b"\xff\xfe", b"= 1", b"a" * 10])
def test_a_file_that_is_no_toml_is_named(tmp_path, content):
    (tmp_path / "cells.toml").write_bytes(content)
    refused(
        r"contest file .*cells\.toml: .*; expected TOML as docs/contests\.md shows",
        contests.by_name,
        str(tmp_path / "cells.toml"),
    )


def test_a_file_may_begin_with_the_mark_that_windows_editors_write(tmp_path):
    (tmp_path / "meadow.toml").write_text(contest_data.MEADOW, encoding="utf-8-sig")
    assert contests.by_name(str(tmp_path / "meadow.toml")).name == "meadow"


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "cells.toml").mkdir()
    refused(r"cells\.toml: Is a directory", contests.by_name, str(tmp_path / "cells.toml"))


@pytest.mark.parametrize(
    "field, line, message",
    [
        ("title", "", "no field 'title'; expected text"),
        ("classes", "", "no field 'classes'; expected a list of texts"),
        ("title", 'titel = "Plants"', "no field 'titel'; the closest is 'title'"),
        ("image_side", 'image_side = "64"', "field 'image_side': got '64', expected a whole number"),
        ("image_side", "image_side = true", "field 'image_side': got True, expected a whole number"),
        ("image_side", "image_side = 64.0", "field 'image_side': got 64.0, expected a whole number"),
        ("image_side", "image_side = 4", "field 'image_side': got 4, expected 8 to 1024 pixels"),
        ("image_side", "image_side = 4096", "field 'image_side': got 4096, expected 8 to 1024 pixels"),
        ("classes", 'classes = "moss fern"', "field 'classes': got 'moss fern', expected a list of texts"),
        ("classes", "classes = [0, 1]", r"field 'classes': got \[0, 1\], expected a list of texts"),
        ("classes", 'classes = ["moss"]', r"field 'classes': got \['moss'\], expected two or more"),
        ("classes", 'classes = ["moss", " "]', "field 'classes': .* expected names of one line each"),
        ("classes", 'classes = ["moss", "fe\\nrn"]', "field 'classes': .* expected names of one line each"),
        ("classes", 'classes = ["a", "b", "a"]', r"field 'classes': got .*'a'.* twice.*, expected each"),
        ("classes", 'classes = ["é", "e\\u0301"]', "field 'classes': got .* twice.*, expected each class"),
        ("profile", 'profile = "codalab"', "field 'profile': got 'codalab', expected one of codabench-20"),
        ("state", 'state = "ended"', "field 'state': got 'ended', expected 'open' or 'closed'"),
        ("upload", 'upload = ""', "field 'upload': got '', expected one line of text"),
        ("links", 'links = ["javascript:1"]', "field 'links': got 'javascript:1', expected addresses that"),
        ("links", 'links = "https://a.org"', "field 'links': got 'https://a.org', expected a list of texts"),
        ("data", 'data = [""]', "field 'data': got '', expected the path of a file or folder"),
        ("data", 'data = ["photos", " "]', "field 'data': got ' ', expected the path of a file or folder"),
        ("classes", 'classes = ["fern", " fern"]', r"field 'classes': got .*'fern'.* twice.*, expected each"),
        ("classes", 'classes = ["a\\u200d", "a\\u200d "]', "field 'classes': got .* twice.*, expected each"),
        ("data", "data = [1]", r"field 'data': got \[1\], expected a list of texts"),
    ],
)
def test_a_wrong_field_is_named_with_what_came_and_what_was_expected(meadow, field, line, message):
    refused(rf"^contest file .*meadow\.toml: {message}.*; see docs/contests\.md$", meadow, **{field: line})


def test_what_a_run_carries_names_no_place_of_this_machine_and_comes_back(meadow):
    contest = meadow()
    carried = json.loads(json.dumps(contest.to_dict()))
    assert carried["classes"] == ["moss", "fern", "daisy"] and "data" not in carried
    assert contests.from_dict(carried) == dataclasses.replace(contest, data=())
    assert pickle.loads(pickle.dumps(contest)) == contest  # it goes with a dataset to other processes


def test_a_contest_of_the_kit_comes_back_with_its_places():
    contest = contests.by_name("an2dl-2024")
    assert contests.from_dict(contest.to_dict()) == contest


@pytest.mark.parametrize("values", [None, [], "an2dl-2022", {}, {"name": 3}, {"name": "x", "titel": "y"}])
def test_what_no_run_carries_is_refused(values):
    refused("field", contests.from_dict, values)


def test_the_order_is_the_contests_whatever_that_of_the_names(meadow):
    contest = meadow()
    assert contest.order_of(["daisy", "fern", "moss"]) == ("moss", "fern", "daisy")
    assert contest.order_of(["daisy", "moss"]) == ("moss", "daisy")
    assert contest.order_of(["daisy", "oak"]) is None


def test_a_name_in_decomposed_unicode_is_composed_as_those_of_data_are(meadow):
    assert meadow(classes='classes = ["Jalapen\\u0303o", "Açaí"]').classes == ("Jalapeño", "Açaí")


@pytest.mark.parametrize(
    "name", ["moss ", "\u3000Moos", "क्\u200dष", "joined\u200dletters", "\ufeffmoss", "soft\u00adhyphen"]
)
def test_a_name_that_data_may_have_is_a_class_called_as_in_data(meadow, tmp_path, name):
    for label, folder in enumerate((name, "fern")):
        (tmp_path / "photos" / folder).mkdir(parents=True)
        Image.new("RGB", (64, 64), (label, 0, 0)).save(tmp_path / "photos" / folder / "0.png")
    contest = meadow(classes=f'classes = ["{name}", "fern"]')
    assert contest.classes == (canonical(name), "fern")
    fitted = fit(load(contest.data[0]), contest, "all")
    assert fitted.class_names == contest.classes
    assert contests.from_dict(contest.to_dict()).classes == contest.classes


def test_images_may_lie_in_ones_home(meadow, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    places = meadow(data='data = ["~/plants/../photos", "~", "~no-user/x", "a~b", "."]').data
    assert places == (
        *(tmp_path / "home" / "photos", tmp_path / "home"),
        *(tmp_path / "~no-user" / "x", tmp_path / "a~b", tmp_path),
    )


@pytest.mark.parametrize(
    "names, side, complete, message",
    [
        (["daisy", "fern", "oak"], 64, True, r"ours: the classes are daisy, fern, oak, but those of meadow"),
        (["daisy", "fern"], 64, True, r"the classes are daisy, fern, but .* moss, fern, daisy \(or 0 to 2\)"),
        (["daisy", "oak"], 64, False, "the classes are daisy, oak, but those of meadow"),
        (list(map(str, range(12))), 64, True, r"are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, \.\.\. \(12 in all\), but"),
        (["daisy", "fern", "moss"], 96, True, "images of 96x96 pixels, but those of meadow have 64x64:"),
    ],
)
def test_what_does_not_fit_is_refused_with_both_sides(meadow, names, side, complete, message):
    refused(message, meadow().refuse_unfit, names, side, whose="ours", complete=complete)


def test_what_fits_is_not_refused(meadow):
    meadow().refuse_unfit(["daisy", "fern", "moss"], 64, whose="ours")
    meadow().refuse_unfit(["daisy", "fern"], 64, whose="ours", complete=False)


def test_an_open_contest_says_what_to_upload_where(meadow):
    expected = "upload: the zip as it is, to the meadow's own page (https://example.org/meadow)"
    assert meadow().advice() == expected
    assert meadow(links="").advice() == "upload: the zip as it is, to the meadow's own page"


def test_a_closed_contest_says_so(meadow):
    advice = meadow(state='state = "closed"').advice()
    assert advice.startswith("meadow is closed, so score.py is its only judge; it was: the zip as it is, to")


def test_every_profile_that_a_contest_may_name_is_there():
    assert {contests.by_name(name).profile for name in contests.names()} <= PROFILES.keys()
