"""What an older Keras and TensorFlow have and newer ones lack: names of modules, attributes and arguments.

The harness reads the result, plants/harness/run/old_names.json, to tell code of a server's time from
misspelt code. To make it again, list each version in an interpreter of its own, today's last:

    .venv-legacy/bin/python studies/keras_names.py list /tmp/2.9.json
    another/bin/python studies/keras_names.py list /tmp/2.17.json      # pip install tensorflow==2.17.1
    python studies/keras_names.py list /tmp/today.json
    python studies/keras_names.py compare /tmp/2.9.json /tmp/2.17.json /tmp/today.json

Needs nothing but TensorFlow, and Python 3.9 or later; a list takes a minute or two.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import json
import pkgutil
import re
import sys
import textwrap
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parents[1] / "plants" / "harness" / "run" / "old_names.json"
LIBRARIES = ("keras", "tensorflow")
# The same modules by the names that versions give them inside, longest first.
INNER = re.compile(r"^(keras\._tf_keras\.keras|keras\.api\._\w+\.keras|keras\.api|tensorflow\.keras)(?=\.|$)")


def public_name(module: str) -> str:
    """A module's name as code writes it: "keras.layers" for "keras._tf_keras.keras.layers"."""
    return INNER.sub("keras", module.replace("tensorflow._api.v2", "tensorflow", 1))


def is_ours(module: Any) -> bool:
    return isinstance(module, str) and module.split(".")[0] in LIBRARIES


class Listing:
    """All that the libraries of this interpreter have.

    `attributes` by module, `members` by class, and `arguments` by function: the name that Python gives it in
    an exception, and what it takes.
    """

    def __init__(self) -> None:
        self.attributes: dict[str, set[str]] = {}
        self.classes: dict[str, set[type]] = {}
        self.arguments: dict[str, tuple[str, set[str]]] = {}

    def to_dict(self) -> dict[str, Any]:
        tensorflow = importlib.import_module("tensorflow")
        for root in (tensorflow, tensorflow.keras, importlib.import_module("keras")):
            self._walk(root, public_name(root.__name__))
        self._find_classes_of_keras()
        for name, kinds in self.classes.items():
            for kind in kinds:
                self._note_methods(name, kind)
        return {
            "tensorflow": tensorflow.__version__,
            "modules": sorted(set(modules())),
            "attributes": {path: sorted(names) for path, names in self.attributes.items()},
            "members": {name: sorted(members(kinds)) for name, kinds in self.classes.items()},
            "arguments": {path: [called, sorted(taken)] for path, (called, taken) in self.arguments.items()},
        }

    def _walk(self, module: Any, path: str) -> None:
        """Notes what a module holds, and the modules of its own in it: of others there is no end."""
        names = {name for name in dir(module) if not name.startswith("__")}
        self.attributes.setdefault(path, set()).update(names)
        for name in sorted(names):
            try:
                value, home = getattr(module, name), getattr(module, name).__name__
            except Exception:  # no name, or a library that is loaded late, and missing
                continue
            if isinstance(value, types.ModuleType):
                if public_name(home) == (inner := public_name(f"{path}.{name}")) and inner != path:
                    self._walk(value, inner)
            elif inspect.isclass(value) and is_ours(value.__module__) and "compat" not in path:
                self.classes.setdefault(value.__name__, set()).add(value)
            elif callable(value) and is_ours(getattr(value, "__module__", None)):
                self._note_arguments(f"{path}.{name}", value, arguments(value))

    def _find_classes_of_keras(self) -> None:
        """Adds those that are not public: a net is a Functional. Not those for TensorFlow 1."""
        for path, module in list(sys.modules.items()):
            if not is_ours(path) or not path.startswith("keras") or not isinstance(module, types.ModuleType):
                continue
            for value in list(vars(module).values()):
                home = getattr(value, "__module__", None) if inspect.isclass(value) else None
                if isinstance(home, str) and home.startswith("keras") and not home.endswith("_v1"):
                    self.classes.setdefault(value.__name__, set()).add(value)

    def _note_methods(self, name: str, kind: type) -> None:
        self._note_arguments(f"{name}.__init__", kind.__init__, constructor_arguments(kind))  # type: ignore[misc]
        for method in dir(kind):
            value = inspect.getattr_static(kind, method, None)
            value = getattr(value, "__func__", value)
            if not method.startswith("_") and callable(value) and not inspect.isclass(value):
                self._note_arguments(f"{name}.{method}", value, arguments(value))

    def _note_arguments(self, path: str, function: Any, taken: frozenset[str]) -> None:
        called = getattr(unwrapped(function), "__qualname__", path.rpartition(".")[2])
        self.arguments.setdefault(path, (called, set()))[1].update(taken)


def modules() -> Iterator[str]:
    """Every module that can be imported, by the files there are."""
    for library in LIBRARIES:
        to_visit = [(library, list(importlib.import_module(library).__path__))]
        while to_visit:
            prefix, paths = to_visit.pop()
            yield public_name(prefix)
            for found in pkgutil.iter_modules(paths):
                name = f"{prefix}.{found.name}"
                yield public_name(name)
                if found.ispkg:
                    to_visit.append((name, [str(Path(path) / found.name) for path in paths]))


def members(kinds: set[type]) -> set[str]:
    """What instances have, as far as classes tell, or instances of Keras's that are made of nothing."""
    names: set[str] = set()
    for kind in kinds:
        names |= set(dir(kind))
        try:
            names |= set(dir(kind())) if kind.__module__.startswith("keras") else set()
        except Exception:  # it needs arguments
            pass
    return {name for name in names if not name.startswith("_")}


def constructor_arguments(kind: type) -> frozenset[str]:
    """What a class takes by name: its own arguments, and what it passes on to those it is made from."""
    taken: set[str] = set()
    for base in kind.__mro__:
        if "__init__" in vars(base):
            taken |= arguments(vars(base)["__init__"])
            if not any(each.kind is each.VAR_KEYWORD for each in parameters(vars(base)["__init__"])):
                break
    return frozenset(taken)


def parameters(function: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def unwrapped(function: Any) -> Any:
    try:
        return inspect.unwrap(function)
    except ValueError:
        return function


def arguments(function: Any) -> frozenset[str]:
    """The names of a function's arguments, and those that it takes out of **kwargs."""
    found = parameters(function)
    named = {each.name for each in found if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)}
    if any(each.kind is each.VAR_KEYWORD for each in found):
        named |= taken_from_kwargs(unwrapped(function))
    return frozenset(named - {"self", "cls"})


@functools.lru_cache(None)
def taken_from_kwargs(function: Any) -> frozenset[str]:
    """Names that a function looks for: kwargs.pop("lr"), "lr" in kwargs, allowed_kwargs = {"lr"}."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return frozenset()
    texts: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and "kwargs" in ast.unparse(node.func):
            texts += node.args[:1]
        elif isinstance(node, ast.Compare) and "kwargs" in ast.unparse(node):
            texts.append(node.left)
        elif isinstance(node, ast.Set):
            texts += node.elts
    values = {text.value for text in texts if isinstance(text, ast.Constant)}
    return frozenset(value for value in values if isinstance(value, str) and value.isidentifier())


def gone(old: dict[str, Any], new: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    """What `old` lists and `new` does not. The name of a module that is gone stands for what it held."""
    found: dict[str, dict[str, set[str]]] = {"attributes": {}, "members": {}, "arguments": {}}
    for what in ("attributes", "members"):
        for path in old[what].keys() & new[what].keys():
            found[what][path] = set(old[what][path]) - set(new[what][path])
    for path in old["arguments"].keys() & new["arguments"].keys():
        (_, taken), (called, still_taken) = old["arguments"][path], new["arguments"][path]
        for name in {called, path} if path.endswith(".__init__") else {called}:
            found["arguments"].setdefault(name, set()).update(set(taken) - set(still_taken))
    missing = set(old["modules"]) - set(new["modules"])
    for path in missing:  # a module is an attribute, too, once it was imported
        parent, _, name = path.rpartition(".")
        if parent not in missing:
            found["attributes"].setdefault(parent, set()).add(name)
    return {
        what: {path: sorted(names) for path, names in sorted(listed.items()) if names}
        for what, listed in found.items()
    }


def main() -> None:
    what, *paths = map(str, sys.argv[1:])
    if what == "list":
        Path(paths[0]).write_text(json.dumps(Listing().to_dict()), encoding="utf-8")
        return
    *olds, new = (json.loads(Path(path).read_text(encoding="utf-8")) for path in paths)
    table = {".".join(old["tensorflow"].split(".")[:2]): gone(old, new) for old in olds}
    TABLE.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
