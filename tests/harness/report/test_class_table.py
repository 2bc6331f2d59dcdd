"""The table of classes: it fits the terminal, and says so where it leaves something out."""

import numpy as np
import pytest
from reports import SPECIES

from plants import metrics, terminal
from plants.harness.report import class_table


def scores(class_names, of_each=10):
    """Class k has min(k, 9) of its ten images taken for the next class, the last one for class 0."""
    k = len(class_names)
    labels = np.repeat(np.arange(k), of_each)
    wrong = np.tile(np.arange(of_each), k) < np.minimum(labels, of_each - 1)
    return metrics.score(labels, np.where(wrong, (labels + 1) % k, labels), class_names)


@pytest.fixture
def columns(monkeypatch):
    return lambda number: monkeypatch.setenv("COLUMNS", str(number))


def test_a_few_classes_have_their_figures_and_the_matrix(columns):
    columns(80)
    found = metrics.score(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), ("Ash", "樫"))
    assert list(class_table.lines(found)) == [
        "                                       answered as",
        "class    n  precision  recall     f1      0   1",
        "0 Ash    2      1.000   0.500  0.667      1   1",
        "1 樫     2      0.667   1.000  0.800      0   2",
    ]


@pytest.mark.parametrize("of_each", [10, 150])
@pytest.mark.parametrize("class_names", [SPECIES, ("basophil", "eosinophil", "erythroblast", *"abcde")])
def test_eight_classes_fit_eighty_columns_with_their_matrix_and_whole_names(columns, class_names, of_each):
    columns(80)
    lines = list(class_table.lines(scores(class_names, of_each)))
    assert max(map(terminal.width, lines)) <= 80
    assert all(name in line for name, line in zip(class_names, lines[2:], strict=True))
    assert lines[1].endswith("   0   1   2   3   4   5   6   7")


LONG = [f"{number} of a name that is as long as sixty letters are in a row ..." for number in range(100)]
WIDE = ["樫の木の葉の裏側の写真" + str(number) for number in range(100)]
PLAIN = [f"Species{number}" for number in range(100)]


@pytest.mark.parametrize("width", [40, 60, 80, 132, 200])
@pytest.mark.parametrize("number", [2, 8, 12, 20, 21, 100])
@pytest.mark.parametrize("names", [PLAIN, LONG, WIDE], ids=["plain", "long", "wide"])
def test_no_line_is_wider_than_the_terminal(columns, names, number, width):
    columns(width)
    lines = list(class_table.lines(scores(names[:number])))
    assert max(map(terminal.width, lines)) <= width
    assert len(lines) <= class_table.ROWS + 2


def test_of_many_classes_the_worst_come_first_and_the_rest_is_counted(columns):
    columns(80)
    found = scores(PLAIN)
    found["per_class"][3] |= {"n": 0, "f1": 0.0}  # without images its 0 says nothing
    lines = list(class_table.lines(found))
    assert lines[-1] == "and 80 more: --json or --html has all"
    shown = [float(line.split()[5]) for line in lines[1:-1]]
    assert (
        shown == [0.1] * 20
    )  # as every class from 10 on; 9 is better, as only 8 of class 8 are taken for it
    assert lines[1] == "10 Species10   10      0.100   0.100  0.100   11 (9)"
    assert not any("Species3 " in line for line in lines)


def test_where_the_matrix_does_not_fit_the_most_frequent_mistakes_are_told(columns):
    columns(80)
    labels, answers = np.zeros(20, np.int64), np.repeat([0, 11, 3, 7], [9, 2, 5, 4])
    lines = list(class_table.lines(metrics.score(labels, answers, PLAIN[:12])))
    assert lines[0].endswith("f1   taken for (how often)")
    assert lines[1].endswith("   3 (5), 7 (4), 11 (2)")
    assert len(lines) == 13


def test_names_that_stdout_cannot_show_are_measured_as_they_are_replaced(columns, monkeypatch):
    columns(80)
    monkeypatch.setattr(terminal, "shown", lambda text: text.encode("ascii", "backslashreplace").decode())
    _, head, first, second = class_table.lines(scores(("樫", "Ash"), 2))
    assert first.startswith(r"0 \u6a2b") and second.startswith("1 Ash   ")
    assert head.index("precision") + len("precision") == first.index("0.667") + 5
