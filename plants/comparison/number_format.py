"""Figures as tables of recipes show them."""

from collections.abc import Iterable, Sequence


def share(value: float) -> str:
    """An accuracy or F1: 0.874."""
    return f"{value:.3f}"


def interval(ends: Sequence[float]) -> str:
    """Its 95 % interval: 0.840 to 0.901."""
    return f"{ends[0]:.3f} to {ends[1]:.3f}"


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign: +1.3."""
    return f"{100 * difference:+.1f}"


def difference(value: float, ends: Sequence[float]) -> str:
    """A difference and its 95 % interval, in percentage points: +1.3 (-0.2 to +2.8)."""
    return f"{points(value)} ({points(ends[0])} to {points(ends[1])})"


def p_value(p: float) -> str:
    """Three digits, or that it is smaller than they can say."""
    return f"{p:.3f}" if p >= 0.0005 else "< 0.001"


def whole(number: float) -> str:
    """A count or seconds, thousands apart: 12,345."""
    return f"{number:,.0f}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; each row is as long as `header`."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
