"""Paths and the links on their way: how a file is named so that it can be found here and behind walls."""

import os

MOST_LINKS = 40  # that Linux follows in one path

# What has to be there for a path to be followed: ["link", place, text], or ["dir", place] to step back from.
Step = list[str]


def plain(path: str) -> str:
    """`path` as an absolute one without `.` and `..`, whose links are left as they are.

    The python of a virtual environment is a link, and its own place decides which libraries it has. Only
    a link that `..` leads back from is followed, since the way back starts where the link leads to.
    """
    place = os.sep
    from_root = path if os.path.isabs(path) else os.path.join(os.getcwd(), path)  # that folder may be gone
    for part in from_root.split(os.sep):
        if part == os.pardir:
            place = os.path.dirname(os.path.realpath(place))
        elif part not in ("", os.curdir):
            place = os.path.join(place, part)
    return place


def follow(path: str) -> tuple[list[Step], str]:
    """The steps on the way of an absolute path, and the place without links that it leads to.

    Every link counts, also those of the folders on the way and those that links lead to. A path that goes in
    circles ends where it is after MOST_LINKS.
    """
    steps: list[Step] = []
    place, ahead = os.sep, path.split(os.sep)[::-1]
    num_links = 0
    while ahead:
        part = ahead.pop()
        if part == os.pardir:
            steps.append(["dir", place])
            place = os.path.dirname(place)
        elif part not in ("", os.curdir):
            step = os.path.join(place, part)
            if not os.path.islink(step) or num_links == MOST_LINKS:
                place = step
                continue
            num_links += 1
            text = os.readlink(step)
            steps.append(["link", step, text])
            place = os.sep if os.path.isabs(text) else place
            ahead += text.split(os.sep)[::-1]
    return steps, place
