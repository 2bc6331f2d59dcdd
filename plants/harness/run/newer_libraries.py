"""What code of the server's time asks of Keras and TensorFlow, and newer ones in the child lack.

The names in old_names.json tell it from misspelt code; studies/keras_names.py says how they are made again.
"""

import functools
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import NoReturn

from plants.errors import HarnessError
from plants.harness.profiles import Profile

TABLE = Path(__file__).with_name("old_names.json")
NAMES = {"tensorflow": "TensorFlow", "keras": "Keras"}
KERAS_3 = (2, 16)  # the first TensorFlow that brings it
OF_KERAS_2 = re.compile(  # what Keras 3 itself says of the code before it
    r"(?P<model>legacy SavedModel format is not supported)|`(?P<name>[\w.]+)` is not supported in Keras 3"
)
# The same modules by the names that versions give them inside, longest first.
INNER = re.compile(r"(keras\._tf_keras\.keras|keras\.api\._\w+\.keras|keras\.api|tensorflow\.keras)(?=\.|$)")
IMPORT = re.compile(
    r"cannot import name '(?P<name>\w+)' from (?:partially initialized module )?'(?P<of>[\w.]+)'"
)
ATTRIBUTE = re.compile(r"module '(?P<of>[\w.]+)' has no attribute '(?P<name>\w+)'")
MEMBER = re.compile(r"'(?P<of>\w+)'(?: object)? has no attribute '(?P<name>\w+)'")
ARGUMENT = re.compile(r"(?P<of>[\w.]+)\(\) got an unexpected keyword argument '(?P<name>\w+)'")
TOO_MANY = re.compile(
    r"(?P<of>[\w.]+)\(\) takes (?:from \d+ to )?(?P<most>\d+) positional .* but (?P<given>\d+) "
)
# Keras's own words where a function takes any arguments at first.
ARGUMENTS = re.compile(
    r"(?:not recognized|[Uu]nrecognized keyword arguments?(?:\(s\))?)"
    r"(?: passed to (?P<of>\w+))?: \{(?P<names>.*)",
    re.DOTALL,
)

Names = dict[str, frozenset[str]]


def lacked(
    kind: str,
    text: str,
    profile: Profile,
    versions: dict[str, str],
    *,
    module: str = "",
    kinds: Collection[str] | None = None,
) -> str | None:
    """What an exception of this `kind` and `text` says is missing, if the server's older libraries have it.

    `module` is the one that an import did not find, `kinds` are the libraries' classes of an object that
    lacks an attribute, None if not known. None, too, where the child's libraries are no newer than the
    server's.
    """
    if not is_newer(versions, profile):
        return None
    if said := OF_KERAS_2.search(text):
        of_keras_2 = said["name"] or "Keras 2's SavedModel format"
        return of_keras_2 if profile.tensorflow < KERAS_3 else None
    if module:
        return _missing_module(module, profile)
    if kind == "ImportError" and (found := IMPORT.search(text)):
        return _attribute(found["of"], found["name"], profile)
    if kind == "AttributeError" and (found := ATTRIBUTE.search(text)):
        return _attribute(found["of"], found["name"], profile)
    if kind == "AttributeError" and (found := MEMBER.search(text)):
        members, owners = _names("members", profile), [found["of"]] if kinds is None else kinds
        known = any(found["name"] in members.get(owner, ()) for owner in owners)
        return f"{found['of']}.{found['name']}" if known else None
    if kind in ("TypeError", "ValueError"):  # Keras says with either what it does not take
        return _argument(text, profile, versions)
    return None


def is_newer(versions: dict[str, str], profile: Profile) -> bool:
    """Whether the child's TensorFlow is newer than the server's, as far as it is known."""
    tensorflow, keras = numbers(versions.get("tensorflow")), numbers(versions.get("keras"))
    return tensorflow > profile.tensorflow if tensorflow else profile.tensorflow < KERAS_3 and keras >= (3, 0)


def refuse(needed: str, profile: Profile, versions: dict[str, str]) -> NoReturn:
    """Raises HarnessError: what is `needed` the server has, and how to get an interpreter that has it."""
    server = "{}.{}".format(*profile.tensorflow)
    known = [f"{name} {versions[key]}" for key, name in NAMES.items() if key in versions]
    how = "make legacy, then --python .venv-legacy/bin/python"
    if profile.tensorflow >= KERAS_3:
        how = f"name one with TensorFlow {server} by --python"
    raise HarnessError(
        f"{needed}, which the server's libraries (TensorFlow {server}) have and the child's "
        f"({', '.join(known)}) lack; it needs an interpreter like the server's: {how}"
    )


def numbers(version: str | None) -> tuple[int, ...]:
    """The first two numbers of a version such as "2.9.3"; () for None or another text."""
    match = re.match(r"(\d+)\.(\d+)", version or "")
    return (int(match[1]), int(match[2])) if match else ()


def _missing_module(module: str, profile: Profile) -> str | None:
    name = INNER.sub("keras", module)
    if name.split(".")[0] in NAMES:
        return _attribute(*name.rpartition(".")[::2], profile)
    return module if profile.lists(module) else None  # a part of another library, of which there is no table


def _attribute(module: str, name: str, profile: Profile) -> str | None:
    module = INNER.sub("keras", module.replace("tensorflow._api.v2", "tensorflow", 1))
    return f"{module}.{name}" if name in _names("attributes", profile).get(module, ()) else None


def _argument(text: str, profile: Profile, versions: dict[str, str]) -> str | None:
    taken = _names("arguments", profile)
    if found := ARGUMENT.search(text):
        owner, asked = found["of"], {found["name"]}
        known = _taken_by(owner, taken, versions)
    elif found := ARGUMENTS.search(text):
        owner, asked = found["of"] or "", set(re.findall(r"'(\w+)': ", found["names"]))
        # A layer of the submission's own passes on what every layer takes.
        of_layers = taken.get("Layer.__init__", frozenset())
        known = taken.get(f"{owner}.__init__", of_layers) if owner else frozenset().union(*taken.values())
    elif found := TOO_MANY.search(text):
        owner, too_many = found["of"], int(found["given"]) - int(found["most"])
        known = _taken_by(owner, taken, versions)
        return f"{owner}({', '.join(sorted(known))})" if too_many <= len(known) else None
    else:
        return None
    names = ", ".join(sorted(asked))
    what = f"{owner}({names}=...)" if owner else f"the argument {names}"
    return what if asked and asked <= known else None


def _taken_by(owner: str, taken: Names, versions: dict[str, str]) -> frozenset[str]:
    """The arguments of a function of this name, which Python before 3.10 gives without its class."""
    if numbers(versions.get("python")) >= (3, 10):
        return taken.get(owner, frozenset())
    return frozenset(name for path in taken if path.rpartition(".")[2] == owner for name in taken[path])


def _names(what: str, profile: Profile) -> Names:
    """The "attributes", "members" or "arguments" of the server's libraries that newer ones lack."""
    return _tables()[_nearest(profile.tensorflow)][what]


def _nearest(version: tuple[int, int]) -> tuple[int, ...]:
    """The newest version with a table that is not newer than this one, else the oldest."""
    older = [listed for listed in _tables() if listed <= version]
    return max(older, default=min(_tables()))


@functools.cache
def _tables() -> dict[tuple[int, ...], dict[str, Names]]:
    """{version of TensorFlow: {what: {dotted name: names}}}"""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    return {
        numbers(version): {
            what: {path: frozenset(names) for path, names in listed.items()} for what, listed in parts.items()
        }
        for version, parts in table.items()
    }
