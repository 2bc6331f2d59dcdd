"""Figures as the tables of this package say them."""


def share(value):
    """An accuracy or F1: 0.874."""
    return f"{value:.3f}"


def interval(ends):
    """Its 95 % interval: 0.840 to 0.901."""
    return f"{ends[0]:.3f} to {ends[1]:.3f}"


def points(difference):
    """A difference of shares in percentage points, with its sign: +1.3."""
    return f"{100 * difference:+.1f}"


def difference(value, ends):
    """A difference and its 95 % interval, in percentage points: +1.3 (-0.2 to +2.8)."""
    return f"{points(value)} ({points(ends[0])} to {points(ends[1])})"


def p_value(p):
    """Three digits, or that it is smaller than they can say."""
    return f"{p:.3f}" if p >= 0.0005 else "< 0.001"


def whole(number):
    """A count or seconds, thousands apart: 12,345."""
    return f"{number:,.0f}"


def table(header, rows):
    """A Markdown table; the lines of `rows` are sequences of texts as long as `header`."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
