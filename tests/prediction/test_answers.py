"""The table of answers: what stands in it, and how its columns are named."""

import argparse

import numpy as np
import pytest

from plants.errors import InputError
from plants.prediction import answers
from plants.prediction.answers import Answers

NAMES = ("a.jpg", "b, c.jpg", "ä/1.jpg")
PLAIN = Answers(("Ash", "Old oak", "樫"), np.array([1, 0, 1]))


def written(tmp_path, *arguments, names=NAMES):
    answers.write(tmp_path / "out.csv", names, *arguments)
    return (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_a_line_for_each_image_with_the_name_of_its_class(tmp_path):
    assert written(tmp_path, PLAIN) == 'id,label\na.jpg,Old oak\n"b, c.jpg",Ash\nä/1.jpg,Old oak\n'


def test_columns_are_called_as_asked_for(tmp_path):
    assert written(tmp_path, PLAIN, ("image_id", "Category")).startswith("image_id,Category\na.jpg,")


def test_probabilities_are_a_column_for_each_class(tmp_path):
    probabilities = np.array([[0.25, 0.75, 0], [1, 1e-9, 0], [1 / 3, 2 / 3, 0]], np.float32)
    text = written(tmp_path, Answers(PLAIN.class_names, PLAIN.labels, probabilities))
    assert text.splitlines() == [
        "id,label,Ash,Old oak,樫",
        "a.jpg,Old oak,0.25,0.75,0",
        '"b, c.jpg",Ash,1,1e-09,0',
        "ä/1.jpg,Old oak,0.3333333,0.6666667,0",
    ]


def test_a_name_that_is_no_utf_8_is_escaped(tmp_path):
    assert "\n\\udce4.jpg,Ash\n" in written(tmp_path, PLAIN, names=("a", "\udce4.jpg", "c"))


def test_the_file_that_was_there_is_replaced_whole(tmp_path):
    (tmp_path / "out.csv").write_text("former\n" * 100)
    assert written(tmp_path, PLAIN).count("\n") == 4
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write .*out.csv: File exists"):
        answers.write(tmp_path / "file" / "out.csv", NAMES, PLAIN)


def test_the_most_frequent_class_is_counted_first_and_absent_ones_not_at_all():
    assert list(PLAIN.counts()) == ["Old oak 2", "Ash 1"]


@pytest.mark.parametrize(
    "text, expected",
    [("id,label", ("id", "label")), (" Image ID , Class", ("Image ID", "Class"))],
)
def test_two_columns(text, expected):
    assert answers.two_columns(text) == expected


@pytest.mark.parametrize("text", ["", "id", "id,", ",label", "a,b,c", "id,id", "id, id", ",,"])
def test_other_than_two_columns_are_refused(text):
    with pytest.raises(argparse.ArgumentTypeError) as raised:
        answers.two_columns(text)
    assert str(raised.value) == f"got {text!r}, expected two names with a comma between: id,label"


def test_a_class_called_as_a_column_is_refused():
    answers.refuse_same_columns(("id", "label"), ("Ash", "Oak"))
    with pytest.raises(
        InputError, match="a class is called 'label', so with --probabilities two columns would"
    ):
        answers.refuse_same_columns(("id", "label"), ("Ash", "label"))
