"""The classes of a verdict as a table that fits the terminal: their figures, and what they were taken for."""

from collections.abc import Iterator, Sequence

from plants import terminal
from plants.metrics import Scores

ROWS = 20  # of more classes, so many are shown
NAME = 12  # columns; to names that are longer the matrix does not give way
GAP, CELL = "   ", 4  # before the matrix; columns of a cell of it, at least
MATRIX_HEAD = "answered as"
MISTAKES, MISTAKES_HEAD = 24, "taken for (how often)"  # in place of the matrix; columns, and their head


def lines(scores: Scores) -> Iterator[str]:
    """A row for each class: its figures, then how often it was answered as which class.

    Where that does not fit, the row has its most frequent mistakes instead. Of more than `ROWS` classes the
    worst by F1 are shown, those first, and the last line says how many there are besides.
    """
    shown = _shown_classes(scores)
    names = [terminal.shown(f"{k} {scores['per_class'][k]['name']}") for k in shown]
    figures = _figures(scores)
    name_size, ends = _layout(scores, max(map(terminal.width, ["class", *names])), len(figures[0]))
    if len(ends) > len(figures):  # the matrix has a head of two lines
        yield " " * (name_size + len(figures[0])) + GAP + ends.pop(0)
    for name, k in zip(["class", *names], [0, *(k + 1 for k in shown)], strict=True):
        yield f"{terminal.cell(name, name_size)}{figures[k]}{GAP}{ends[k]}".rstrip()
    if left := len(figures) - 1 - len(shown):
        yield f"and {left} more: --json or --html has all"


def _shown_classes(scores: Scores) -> list[int]:
    classes = list(range(len(scores["per_class"])))
    if len(classes) <= ROWS:
        return classes

    def worst_first(k: int) -> tuple[bool, float]:
        row = scores["per_class"][k]
        return row["n"] == 0, row["f1"]  # without images an F1 of 0 says nothing

    return sorted(classes, key=worst_first)[:ROWS]


def _figures(scores: Scores) -> list[str]:
    """The head, then the figures of each class, all of the same length."""
    size = max(5, len(str(scores["n"])) + 1)
    return [f"{'n':>{size}}  precision  recall     f1"] + [
        f"{row['n']:>{size}}{row['precision']:>11.3f}{row['recall']:>8.3f}{row['f1']:>7.3f}"
        for row in scores["per_class"]
    ]


def _layout(scores: Scores, widest: int, figures_size: int) -> tuple[int, list[str]]:
    """How many columns the names get, and what follows the figures: the heads, then each class."""
    confusion = scores["confusion"]
    room = terminal.columns() - figures_size
    cell = max(CELL, len(str(max(map(max, confusion)))) + 1)
    beside_matrix = room - len(GAP) - max(cell * len(confusion), len(MATRIX_HEAD))
    if len(confusion) <= ROWS and beside_matrix >= min(widest, NAME):
        rows: list[Sequence[int]] = [range(len(confusion)), *confusion]
        cells = ["".join(f"{number:>{cell}}" for number in row) for row in rows]
        return min(widest, beside_matrix), [MATRIX_HEAD, *cells]
    beside_mistakes = room - len(GAP) - MISTAKES
    if beside_mistakes >= min(widest, NAME):
        mistakes = [_mistakes(k, answered) for k, answered in enumerate(confusion)]
        return min(widest, beside_mistakes), [MISTAKES_HEAD, *mistakes]
    return min(widest, room), [""] * (len(confusion) + 1)


def _mistakes(k: int, answered: Sequence[int]) -> str:
    """'3 (12), 17 (4)': what images of class `k` were most often taken for, and how often."""
    wrong = [(-count, other) for other, count in enumerate(answered) if count and other != k]
    return terminal.brief(", ".join(f"{other} ({-count})" for count, other in sorted(wrong)), MISTAKES)
