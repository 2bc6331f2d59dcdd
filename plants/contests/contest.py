"""What a contest is: read from a TOML file of this folder or of one's own, and checked."""

import dataclasses
import difflib
import functools
import os
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from plants.class_names import canonical, in_order
from plants.errors import InputError
from plants.harness.profiles import PROFILES

FOLDER = Path(__file__).parent
DEFAULT = "an2dl-2022"
OPEN, CLOSED = "open", "closed"
SMALLEST, LARGEST = 8, 1024  # pixels of a side
SHOWN, LONGEST = 10, 80  # classes that a message names, and characters of what was wrong
DOCUMENT = "docs/contests.md"
TEXT, NUMBER, TEXTS = "text", "a whole number", "a list of texts"
NAMES = "names of one line each"
# What a file may say: {field: (what it is, whether it must be there)}.
FIELDS = {
    "title": (TEXT, True),
    "classes": (TEXTS, True),
    "image_side": (NUMBER, True),
    "profile": (TEXT, True),
    "state": (TEXT, True),
    "upload": (TEXT, True),
    "links": (TEXTS, False),
    "data": (TEXTS, False),
}


@dataclasses.dataclass(frozen=True)
class Contest:
    """One contest; InputError where a field cannot be what it says."""

    name: str  # its file's, without .toml
    title: str  # one line
    classes: tuple[str, ...]  # number 0, 1, ... as its server counts them; canonical
    image_side: int  # pixels of its square images
    profile: str  # the server that judges it, as score.py --profile has it
    state: str  # OPEN, or CLOSED where its server takes no uploads any more
    upload: str  # what to upload where, one line
    links: tuple[str, ...] = ()
    data: tuple[Path, ...] = ()  # where its images are looked for, one after the other

    def __post_init__(self) -> None:
        for field in ("name", "title", "upload"):
            _check(_is_line(getattr(self, field)), field, getattr(self, field), "one line of text")
        _check(all(map(_is_line, self.classes)), "classes", list(self.classes), NAMES)
        twice = [name for name, count in Counter(self.classes).items() if count > 1]
        _check(not twice, "classes", f"{twice[:1]} twice", "each class once")
        _check(len(self.classes) >= 2, "classes", list(self.classes), "two or more")
        size = f"{SMALLEST} to {LARGEST} pixels"
        _check(SMALLEST <= self.image_side <= LARGEST, "image_side", self.image_side, size)
        _check(self.profile in PROFILES, "profile", self.profile, f"one of {', '.join(sorted(PROFILES))}")
        _check(self.state in (OPEN, CLOSED), "state", self.state, f"{OPEN!r} or {CLOSED!r}")
        for link in self.links:
            is_link = link.startswith(("https://", "http://")) and _is_line(link)
            _check(is_link, "links", link, "addresses that begin with https://")

    def order_of(self, names: Sequence[str]) -> tuple[str, ...] | None:
        """`names` in the order in which the server counts them, None unless all are classes of it."""
        place = {name: number for number, name in enumerate(self.classes)}
        return tuple(sorted(names, key=place.__getitem__)) if place.keys() >= {*names} else None

    def numbered(self, names: Sequence[str]) -> tuple[str, ...]:
        """`names` by the numbers that a zip which knows these classes answers."""
        own = self.order_of(names)
        if own is not None:
            return own
        # In zips from before numbers counted as numbers "10" comes before "2", as sorted.
        return tuple(names) if list(names) == sorted(names) else in_order(names)

    def refuse_unfit(self, names: Sequence[str], side: int, *, whose: str, complete: bool = True) -> None:
        """Raises InputError unless classes and square images of `side` pixels are those of the contest.

        `whose` they are begins the message; unless `complete`, classes may be missing.
        """
        if self.order_of(names) is None or complete and len(names) < len(self.classes):
            raise InputError(
                f"{whose}: the classes are {_some(names)}, but those of {self.name} are "
                f"{_some(self.classes)} (or 0 to {len(self.classes) - 1}): name their contest with --contest"
            )
        if side != self.image_side:
            raise InputError(
                f"{whose}: images of {side}x{side} pixels, but those of {self.name} have "
                f"{self.image_side}x{self.image_side}: resize them, or name their contest with --contest"
            )

    def advice(self) -> str:
        """What to upload where, or that there is nowhere to, in one line."""
        where = " ".join([self.upload, *(f"({link})" for link in self.links[:1])])
        if self.state == OPEN:
            return f"upload: {where}"
        return f"{self.name} is closed, so score.py is its only judge; it was: {where}"

    def to_dict(self) -> dict[str, Any]:
        """All that a run and a zip carry, as plain values: not where the images lie on this machine."""
        values = dataclasses.asdict(self)
        del values["data"]
        return values | {field: list(values[field]) for field in ("classes", "links")}


def _some(names: Sequence[str]) -> str:
    """The names, or of many the first ones and how many there are."""
    return ", ".join(names[:SHOWN]) + (f", ... ({len(names)} in all)" if len(names) > SHOWN else "")


def by_name(name: str | None) -> Contest:
    """The contest of a name, or in a TOML file; of None the one where nothing is said.

    Raises InputError with the closest name if there is none, or with what is wrong in a file.
    """
    known = names()
    if name is None:
        return _read(FOLDER / f"{DEFAULT}.toml")
    if name in known:
        return _read(FOLDER / f"{name}.toml")
    if name.endswith(".toml"):
        return _read(Path(os.path.expanduser(name)))
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
    raise InputError(
        f"no contest {name!r}; the closest is {close!r} (all: {', '.join(known)}); the name of a file of "
        f"one's own ends in .toml: see {DOCUMENT}"
    )


def difference(those: Iterable[Contest]) -> str:
    """Where contests share a name, what else tells them apart: ", which differ in classes"; else ""."""
    told = [contest.to_dict() for contest in those]
    if len({values["name"] for values in told}) == len(told):
        return ""
    fields = [field for field in told[0] if any(values[field] != told[0][field] for values in told)]
    return f", which differ in {', '.join(fields)}"


@functools.cache
def default() -> Contest:
    """The contest where nothing is said: runs and zips from before there were others are of it."""
    return by_name(None)


def names() -> list[str]:
    """Of the contests of this folder."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def from_dict(values: Any) -> Contest:
    """The contest that a `to_dict` came from, through JSON or not. InputError if it is none.

    Of one of this folder the images are looked for where that entry says.
    """
    fields = dict(values) if isinstance(values, dict) else {}
    name = fields.pop("name", None)
    _check(isinstance(name, str), "name", name, TEXT)
    contest = _from_fields(name, fields)
    places = by_name(name).data if name in names() else ()
    return dataclasses.replace(contest, data=places)


def _read(path: Path) -> Contest:
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"contest file {path}: {reason}; expected TOML as {DOCUMENT} shows") from None
    try:
        contest = _from_fields(path.stem, fields)
    except InputError as error:
        raise InputError(f"contest file {path}: {error}; see {DOCUMENT}") from None
    folder = path.parent.resolve()
    places = (Path(os.path.normpath(folder / os.path.expanduser(place))) for place in contest.data)
    return dataclasses.replace(contest, data=tuple(places))


def _from_fields(name: str, fields: dict[str, Any]) -> Contest:
    for field in fields:
        if field not in FIELDS:
            unknown, every = field[:LONGEST], ", ".join(FIELDS)
            close = difflib.get_close_matches(unknown, FIELDS, n=1, cutoff=0.0)[0]
            raise InputError(f"no field {unknown!r}; the closest is {close!r} (all: {every})")
    for field, (kind, is_needed) in FIELDS.items():
        if field in fields:
            _check(_is_of(kind, fields[field]), field, fields[field], kind)
        elif is_needed:
            raise InputError(f"no field {field!r}; expected {kind}")
    known: dict[str, Any] = {
        field: tuple(value) if isinstance(value, list) else value for field, value in fields.items()
    }
    are_lines = all(len(name.strip().splitlines()) == 1 for name in fields["classes"])
    _check(are_lines, "classes", fields["classes"], NAMES)
    known["classes"] = tuple(map(canonical, fields["classes"]))  # as data has them
    for place in fields.get("data", ()):
        _check(bool(place.strip()), "data", place, "the path of a file or folder")
    known["data"] = tuple(map(Path, fields.get("data", ())))
    return Contest(name, **known)


def _is_of(kind: str, value: Any) -> bool:
    if kind == TEXTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return type(value) is {TEXT: str, NUMBER: int}[kind]


def _is_line(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()


def _check(condition: bool, field: str, got: object, expected: str) -> None:
    if not condition:
        shown = repr(got) if len(repr(got)) <= LONGEST else f"{repr(got)[:LONGEST]}..."
        raise InputError(f"field {field!r}: got {shown}, expected {expected}")
