"""Static checks of the class in model.py: CON05 and CON06, as far as the module's text is sure to tell.

A class may get its name or its methods in ways that only a run shows; then nothing is said of it here.
"""

import ast
from collections.abc import Iterator

from plants.harness.checks.archive import MODEL_FILE
from plants.harness.faults import Fault, fault
from plants.harness.profiles import Profile

METHODS = {"__init__", "__new__", "predict"}


def faults_of(tree: ast.Module, profile: Profile) -> list[Fault]:
    """CON05 where no class has the profile's name, else CON06 where its methods take other arguments."""
    name = profile.class_name
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    bindings = [node for node in _module_level(tree) if name in _names_bound(node)]
    if not bindings and not any(_sets(node, {name}) or _hides_names(node) for node in ast.walk(tree)):
        return [_missing_class(classes, name)]
    node = classes.get(name)
    if len(bindings) != 1 or node is None or not _is_plain(node):
        return []
    if any(_sets(other, METHODS) for other in ast.walk(tree)):
        return []
    return _constructor_faults(node, profile) + _predict_faults(node)


def _missing_class(classes: dict[str, ast.ClassDef], name: str) -> Fault:
    others = " and ".join(repr(other) for other in list(classes)[:5]) or "no class"
    return fault(
        "CON05",
        f"Found {others}; this contest needs 'class {name}'.",
        file=MODEL_FILE,
        line=min((node.lineno for node in classes.values()), default=None),
        remedy=f"Rename the class to {name!r}, or name the profile it was written for with --profile.",
    )


def _module_level(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes whose names are the module's own: those outside functions and classes."""
    to_visit = list(ast.iter_child_nodes(node))
    while to_visit:
        child = to_visit.pop()
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            to_visit.extend(ast.iter_child_nodes(child))


def _names_bound(node: ast.AST) -> set[str]:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return {name}
        case ast.Name(id=name, ctx=ast.Store()):
            return {name}
        case ast.alias(name=name, asname=alias):
            return {alias or name.split(".")[0]}
    return set()


def _sets(node: ast.AST, names: set[str]) -> bool:
    """Whether the node may give one of `names` to a module or class from outside."""
    match node:
        case ast.Attribute(attr=attribute, ctx=ast.Store()):  # sys.modules[__name__].model = Net
            return attribute in names
        case ast.Call(func=ast.Name(id="exec" | "setattr")):
            return True
    return False


def _hides_names(node: ast.AST) -> bool:
    """Whether the node may give the module names that do not stand in its text."""
    match node:
        case ast.alias(name="*") | ast.Global() | ast.FunctionDef(name="__getattr__"):
            return True
        case ast.Call(func=ast.Name(id="globals" | "locals" | "vars")):
            return True
    return False


def _is_plain(node: ast.ClassDef) -> bool:
    """Whether all that a class can do stands in its own body."""
    bases = {ast.unparse(base) for base in node.bases}
    return bases <= {"object"} and not node.keywords and not node.decorator_list


def _constructor_faults(node: ast.ClassDef, profile: Profile) -> list[Fault]:
    constructors = _bindings(node, "__init__")
    if constructors:
        passed = "path" if profile.passes_path else "nothing"
        return _signature_faults(node, constructors, int(profile.passes_path), passed)
    if not profile.passes_path or _bindings(node, "__new__"):
        return []
    misspelt = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "init"]
    return [
        fault(
            "CON06",
            f"class {node.name} has no __init__(self, path)" + (", only init." if misspelt else "."),
            file=MODEL_FILE,
            line=misspelt[-1].lineno if misspelt else node.lineno,
            remedy="Write 'def __init__(self, path):', with two underscores on each side.",
        )
    ]


def _predict_faults(node: ast.ClassDef) -> list[Fault]:
    methods = _bindings(node, "predict")
    if methods:
        return _signature_faults(node, methods, 1, "X")
    if _bindings(node, "__getattr__"):
        return []
    return [
        fault(
            "CON06",
            f"class {node.name} has no predict(self, X).",
            file=MODEL_FILE,
            line=node.lineno,
            remedy="Write 'def predict(self, X):'.",
        )
    ]


def _bindings(node: ast.ClassDef, name: str) -> list[ast.AST]:
    """What may define `name` within a class."""
    return [inner for inner in ast.walk(node) if name in _names_bound(inner)]


def _signature_faults(node: ast.ClassDef, bindings: list[ast.AST], count: int, passed: str) -> list[Fault]:
    """CON06 unless the one plain method among `bindings` takes `count` arguments after self."""
    match bindings:
        case [ast.FunctionDef(decorator_list=[], args=arguments) as method] if method in node.body:
            positional = [*arguments.posonlyargs, *arguments.args]
        case _:  # the run will tell
            return []
    needed = len(positional) - len(arguments.defaults) - 1
    if needed > count:
        problem = f"needs {needed} argument{'s' if needed > 1 else ''}"
    elif arguments.vararg or len(positional) > count:
        return []
    elif positional and positional[0].arg == "self":
        problem = f"takes {len(positional) - 1} arguments"
    else:
        problem = "has no 'self'"
    message = f"{method.name}({ast.unparse(arguments)}) {problem}; the server passes {passed}."
    return [fault("CON06", message, file=MODEL_FILE, line=method.lineno)]
