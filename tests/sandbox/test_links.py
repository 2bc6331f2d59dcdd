"""How the path of an interpreter is written, and what has to be there for it to be followed."""

import os

import pytest

from plants.sandbox import links


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """`here`, in which we are, beside `real/deep` and `linked`, a link to that."""
    for name in ("here", "real/deep"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "linked").symlink_to("real/deep")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


@pytest.mark.parametrize(
    "path, expected",
    [
        ("python", "here/python"),
        ("./python", "here/python"),
        ("../venv//bin/./python", "venv/bin/python"),
        ("../here/../real/python", "real/python"),
        ("../linked/python", "linked/python"),  # stays: its place is its environment
        ("../linked/../python", "real/python"),  # not beside the link, but above what it leads to
        ("../no such/../python", "python"),
    ],
)
def test_a_path_becomes_absolute_and_keeps_its_links(path, expected, folder):
    assert links.plain(path) == str(folder / expected)
    assert links.plain(str(folder / "here" / path)) == str(folder / expected)


def test_nothing_leads_above_the_root():
    assert links.plain("/../../usr") == "/usr"


def test_an_absolute_path_is_known_in_a_folder_that_is_gone(folder):
    (folder / "here").rmdir()
    assert links.plain("/usr/../bin") == "/bin"


def test_every_link_on_the_way_is_a_step(folder):
    (folder / "real" / "python").symlink_to("../linked/python3")
    (folder / "real" / "deep" / "python3").symlink_to(folder / "here" / "python3.11")
    steps, place = links.follow(str(folder / "real" / "python"))
    assert steps == [
        ["link", str(folder / "real" / "python"), "../linked/python3"],
        ["dir", str(folder / "real")],
        ["link", str(folder / "linked"), "real/deep"],
        ["link", str(folder / "real" / "deep" / "python3"), str(folder / "here" / "python3.11")],
    ]
    assert place == str(folder / "here" / "python3.11")


def test_a_path_without_links_has_no_steps(folder):
    assert links.follow(str(folder / "here" / "x")) == ([], str(folder / "here" / "x"))


def test_links_in_a_circle_come_to_an_end(folder):
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    steps, place = links.follow(str(folder / "one"))
    assert len(steps) == links.MOST_LINKS
    assert not os.path.exists(place)
