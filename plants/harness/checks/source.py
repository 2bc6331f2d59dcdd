"""Static checks of model.py: its syntax, its class, its signatures and its imports."""

import ast
import dataclasses
import sys
import warnings

from plants.harness.checks import habits
from plants.harness.faults import WARNING, fault

FILE = "model.py"
SOURCE_LIMIT = 5 << 20  # bytes; a longer file holds data and is judged by running it
HELPERS_LIMIT = 512 << 10  # bytes of other Python files; parsing them takes up to a second
NEWER_MODULES = {
    "graphlib": (3, 9),
    "zoneinfo": (3, 9),
    "tomllib": (3, 11),
}  # and the first Python to have them
# ast.parse knows these to be too new, too, but names the line where the statement ends.
NEWER_STATEMENTS = {
    "Match": ("match", (3, 10)),
    "TryStar": ("except*", (3, 11)),
    "TypeAlias": ("type", (3, 12)),
}


def faults_of(archive, profile):
    """CON04, CON05 and CON06, and ENV01 as a warning; what only shows in a run is left to the run."""
    if FILE not in archive.files:
        return [fault("CON04", _missing(archive))]
    text = archive.read(FILE, SOURCE_LIMIT)
    faults = [found for name in _helpers(archive) for found in _syntax_faults(archive, name, profile)]
    if text is None:
        return faults
    try:
        tree = _parse(text, profile, FILE)
        faults += _class_faults(tree, profile) + _import_faults(tree, archive, profile)
        return faults + habits.faults_of(tree)
    except SyntaxError as error:
        return faults + [_unreadable(error, FILE, profile)]
    except (MemoryError, RecursionError, ValueError):  # too deep to judge from here
        return faults


def _helpers(archive):
    """The other Python files that model.py may import; not all of a large package."""
    names = sorted(name for name in archive.files if name.endswith(".py") and name != FILE)
    return names if sum(archive.files[name].file_size for name in names) <= HELPERS_LIMIT else []


def _syntax_faults(archive, name, profile):
    """CON04 as a warning: what is never imported does no harm."""
    try:
        _parse(archive.read(name, SOURCE_LIMIT) or b"", profile, name)
    except SyntaxError as error:
        return [dataclasses.replace(_unreadable(error, name, profile), level=WARNING)]
    except (MemoryError, RecursionError, ValueError):
        pass
    return []


def _unreadable(error, name, profile):
    version = "{}.{}".format(*profile.python)
    message = f"{name} line {error.lineno or '?'}: {error.msg} (server profile: Python {version})."
    return fault("CON04", message, file=name, line=error.lineno)


def _parse(text, profile, name):
    """The syntax tree. Raises SyntaxError for what the profile's Python cannot read, too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about escapes such as "\d": harmless, and not ours
        tree = ast.parse(text, filename=name)
        for node in ast.walk(tree):
            word, version = NEWER_STATEMENTS.get(type(node).__name__, ("", (3, 0)))
            if version > profile.python:
                needed = "{}.{}".format(*version)
                raise SyntaxError(f"{word!r} needs Python {needed}", (name, node.lineno, 0, None))
        ast.parse(text, filename=name, feature_version=profile.python)
    return tree


def _missing(archive):
    if FILE in archive.folders:
        return "'model.py' is a folder, not a file."
    near = sorted(
        name for name in archive.files if "model" in name.lower().rpartition("/")[2] and ".py" in name.lower()
    )
    return f"No 'model.py' in the root, only {near[0]!r}." if near else "No 'model.py' in the root."


def _class_faults(tree, profile):
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    bindings = [node for node in _module_level(tree) if profile.class_name in _names_bound(node)]
    if not bindings and not any(_binds_anything(node, profile.class_name) for node in ast.walk(tree)):
        found = " and ".join(repr(name) for name in list(classes)[:5]) or "no class"
        return [
            fault(
                "CON05",
                f"Found {found}; this contest needs 'class {profile.class_name}'.",
                file=FILE,
                line=min((node.lineno for node in classes.values()), default=None),
                remedy=f"Rename the class to {profile.class_name!r}, or name the profile it was written for "
                "with --profile.",
            )
        ]
    node = classes.get(profile.class_name)
    if len(bindings) != 1 or node is None or not _is_plain(node) or _changes_methods(tree):
        return []
    return _constructor_faults(node, profile) + _predict_faults(node)


def _module_level(node):
    """All nodes whose names are the module's own: those outside functions and classes."""
    to_visit = list(ast.iter_child_nodes(node))
    while to_visit:
        child = to_visit.pop()
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            to_visit.extend(ast.iter_child_nodes(child))


def _names_bound(node):
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return {name}
        case ast.Name(id=name, ctx=ast.Store()):
            return {name}
        case ast.alias(name=name, asname=alias):
            return {alias or name.split(".")[0]}
    return set()


def _binds_anything(node, name):
    """Whether the node may give the module a `name` that does not stand in its text."""
    match node:
        case ast.Attribute(attr=attribute, ctx=ast.Store()):  # sys.modules[__name__].model = Net
            return attribute == name
        case ast.alias(name="*") | ast.Global() | ast.FunctionDef(name="__getattr__"):
            return True
        case ast.Call(func=ast.Name(id="exec" | "globals" | "locals" | "vars" | "setattr")):
            return True
    return False


def _changes_methods(tree):
    """Whether the code may give a class other methods than those that stand in its body."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr="predict" | "__init__" | "__new__", ctx=ast.Store()):
                return True
            case ast.Call(func=ast.Name(id="exec" | "setattr")):
                return True
            case ast.Name(id="predict" | "__init__", ctx=ast.Store()):  # predict = wrapped(predict)
                return True
    return False


def _is_plain(node):
    """Whether all that a class can do stands in its own body."""
    bases = {base.id if isinstance(base, ast.Name) else "" for base in node.bases}
    return bases <= {"object"} and not node.keywords and not node.decorator_list


def _constructor_faults(node, profile):
    constructor = _method(node, "__init__")
    count = int(profile.passes_path)
    if constructor is None:
        if not count or _may_have(node, "__init__") or _may_have(node, "__new__"):
            return []
        misspelt = _method(node, "init")
        return [
            fault(
                "CON06",
                f"class {node.name} has no __init__(self, path)" + (", only init." if misspelt else "."),
                file=FILE,
                line=(misspelt or node).lineno,
                remedy="Write 'def __init__(self, path):', with two underscores on each side.",
            )
        ]
    return _signature_faults(constructor, count, "path" if profile.passes_path else "nothing")


def _predict_faults(node):
    predict = _method(node, "predict")
    if predict is not None:
        return _signature_faults(predict, 1, "X")
    if _may_have(node, "predict") or _may_have(node, "__getattr__"):
        return []
    return [
        fault(
            "CON06",
            f"class {node.name} has no predict(self, X).",
            file=FILE,
            line=node.lineno,
            remedy="Write 'def predict(self, X):'.",
        )
    ]


def _method(node, name):
    found = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == name]
    return found[-1] if found else None


def _may_have(node, name):
    """Whether `name` is defined or assigned in any other way within the class."""
    return any(
        name in _names_bound(item) or (isinstance(item, ast.Attribute) and item.attr == name)
        for item in ast.walk(node)
        if item is not node
    )


def _signature_faults(method, count, passed):
    """CON06 unless `method` can be called with `count` arguments after self."""
    if method.decorator_list:  # may change the signature: the run will tell
        return []
    arguments = method.args
    positional = [*arguments.posonlyargs, *arguments.args]
    needed = len(positional) - len(arguments.defaults) - 1
    keywords = [
        arg.arg
        for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    ]
    enough_room = arguments.vararg is not None or len(positional) - 1 >= count
    if needed <= count and not keywords and enough_room:
        return []
    if not enough_room and not (positional and positional[0].arg == "self"):
        problem = "has no 'self'"
    elif keywords:
        problem = f"needs {keywords[0]!r} by name"
    elif needed > count:
        problem = f"needs {needed} argument{'s' if needed > 1 else ''}"
    else:
        problem = f"takes {len(positional) - 1} arguments"
    return [
        fault(
            "CON06",
            f"{method.name}({ast.unparse(arguments)}) {problem}; the server passes {passed}.",
            file=FILE,
            line=method.lineno,
        )
    ]


def _import_faults(tree, archive, profile):
    """ENV01 as a warning: only an import that fails in the run rejects."""
    own = {name.split("/")[0].split(".")[0] for name in archive.files} | _standard_modules(profile)
    foreign = {}
    for module, line in _imports(tree):
        package = module.split(".")[0]
        if package not in own and not profile.lists(module):
            partly_listed = any(library.startswith(package + ".") for library in profile.libraries)
            foreign.setdefault(module if partly_listed else package, line)
    return [
        fault(
            "ENV01",
            f"model.py line {line}: {module!r} is not in profile {profile.name}.",
            file=FILE,
            line=line,
            level=WARNING,
        )
        for module, line in foreign.items()
    ]


def _standard_modules(profile):
    newer = {name for name, version in NEWER_MODULES.items() if version > profile.python}
    return sys.stdlib_module_names - newer


def _imports(tree):
    """(dotted module, line) of each absolute import that no `except` catches."""
    guarded = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and node.handlers
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if node in guarded:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            # `from google import colab`: what is imported may be a module of its own.
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
