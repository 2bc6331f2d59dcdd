"""Imports point one way: the table of docs/architecture.md, read and held against the code."""

import ast
import functools
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from plants.sandbox import inside

ROOT = Path(__file__).parents[1]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SCRIPTS = sorted(ROOT.glob("*.py"))
LIBRARY = sorted([*ROOT.glob("plants/**/*.py"), *ROOT.glob("studies/**/*.py")])
BENCHMARKS = sorted(ROOT.glob("benchmarks/*.py"))
CORE_FOLDERS = ("data", "prediction", "recipes", "nets", "runs", "training")
CORE = [path for folder in CORE_FOLDERS for path in sorted(ROOT.glob(f"plants/{folder}/**/*.py"))]
BACKENDS = ("tensorflow", "jax", "torch", "openvino", "tf_keras")


def relative(path):
    return path.relative_to(ROOT).as_posix()


def table():
    """{place: (may import of ours, never imports)} as written: lists of words."""
    lines = re.findall(r"^\| `([^`]+)` \|[^|]*\|([^|]*)\|([^|]*)\|$", ARCHITECTURE, re.MULTILINE)
    return {place: (words(may), words(never)) for place, may, never in lines}


def words(cell):
    return [word.strip() for word in cell.split(",") if word.strip() not in ("", "nothing")]


def files_of(place):
    return sorted((ROOT / place).rglob("*.py")) if place.endswith("/") else sorted(ROOT.glob(place))


def module(place):
    """plants/nets/ -> plants.nets; plants/errors.py -> plants.errors"""
    return place.removesuffix("/").removesuffix(".py").replace("/", ".")


@functools.cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def told(found):
    """What was found in files, a line for each where there is something: {path: what} -> text."""
    return "\n".join(f"{relative(path)}: {sorted(what)}" for path, what in found.items() if what)


@functools.cache
def imports(path):
    """The full names a file imports anywhere in it: plants.errors.InputError, numpy, ..."""
    names = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {"." * node.level + f"{node.module or ''}.{alias.name}" for alias in node.names}
    return names


def lies_in(name, places):
    return any(name == place or name.startswith(place + ".") for place in places)


def ours(word):
    """A word of the table as a module: errors -> plants.errors; numpy stays."""
    path = ROOT / "plants" / word.replace(".", "/")
    return f"plants.{word}" if path.is_dir() or path.with_suffix(".py").exists() else word


def test_the_table_speaks_of_every_module_once_and_of_none_that_is_not_there():
    spoken_of = [path for place in table() for path in files_of(place)]
    assert len(table()) >= 9
    assert [place for place in table() if not files_of(place)] == []
    assert sorted(spoken_of) == sorted(
        {*LIBRARY, ROOT / "submission" / "model.py"} - {ROOT / "plants/__init__.py"}
    )


def test_modules_import_of_ours_what_the_table_allows():
    found = {}
    for place, (may, _) in table().items():
        allowed = [module(place), *map(ours, may)]
        for path in files_of(place):
            of_ours = {name for name in imports(path) if lies_in(name, ["plants", "studies"])}
            found[path] = {name for name in of_ours if not lies_in(name, allowed)}
    assert told(found) == ""


def forbidden_imports(path, never):
    """What a file imports in spite of the words of its last column."""
    if never and never[0].startswith("all but "):
        allowed = {never[0].removeprefix("all but "), *never[1:]}
        assert "stdlib" in allowed
        allowed |= sys.stdlib_module_names
        return {name for name in imports(path) if name.split(".")[0] not in allowed}
    return {name for name in imports(path) if lies_in(name, list(map(ours, never)))}


def test_modules_never_import_what_the_table_forbids():
    found = {
        path: forbidden_imports(path, never)
        for place, (_, never) in table().items()
        for path in files_of(place)
    }
    assert told(found) == ""


def test_the_library_imports_neither_scripts_nor_tests_and_nothing_relative():
    outside = [script.stem for script in SCRIPTS] + ["tests", "benchmarks", "submission", "model"]
    assert {"train", "score", "build_submission"} <= set(outside)
    found = {
        path: {name for name in imports(path) if lies_in(name, outside) or name.startswith(".")}
        for path in LIBRARY
    }
    assert told(found) == ""


def module_graph():
    """{module: the modules it imports}, of ours, wherever in the file an import stands."""
    modules = {module(relative(path)).removesuffix(".__init__"): path for path in LIBRARY}
    return {
        name: {imported if imported in modules else imported.rpartition(".")[0] for imported in imports(path)}
        & modules.keys()
        for name, path in modules.items()
    }


def test_no_module_imports_itself_by_way_of_others():
    graph = module_graph()
    assert "plants.data.dataset" in graph["plants.data.splits"]
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail("a circle of imports: " + " <- ".join(error.args[1]))


def loaded_by(modules):
    """The top-level modules that a new process has loaded after importing these."""
    code = f"import sys\nfor name in {modules!r}: __import__(name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def modules_of(*packages):
    of_packages = [path for package in packages for path in files_of(f"plants/{package}/")]
    return [module(relative(path)) for path in of_packages if path.parent != inside.FOLDER]


def test_reading_data_and_judging_or_asking_a_zip_load_neither_keras_nor_a_backend():
    loaded = loaded_by(modules_of("data", "harness", "prediction", "recipes", "sandbox"))
    assert {"numpy", "plants"} <= loaded
    assert not loaded & {"keras", *BACKENDS}


def test_files_and_errors_load_no_numpy():
    modules = ["plants.files", "plants.errors", "plants.interrupts", "plants.commandline"]
    assert "numpy" not in loaded_by(modules)


def strings(tree):
    """The string constants of a module, apart from docstrings."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [
        node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings
    ]
    return [node.value for node in constants if isinstance(node.value, str)]


# One module gives TensorFlow's faster operation; `batch_norm.py` asks whether that is the backend.
OF_ONE_BACKEND = ROOT / "plants" / "nets" / "fused_batch_norm.py"
MAY_SAY = {
    "plants/runs/provenance.py": {"tensorflow"},  # a version on record
    "plants/nets/torch_file.py": {"torch"},  # the format of a file that is read without it
    "plants/nets/download.py": {"tensorflow"},  # part of an address
    "plants/nets/batch_norm.py": {"tensorflow"},  # asked for by name
    "plants/nets/build.py": {"tensorflow"},  # the same
}


def backends_used(path):
    """The backends that a file imports or has a name for."""
    names = {node.id for node in ast.walk(parsed(path)) if isinstance(node, ast.Name)}
    return {name for name in imports(path) if lies_in(name, BACKENDS)} | names & {"tf", "jnp", *BACKENDS}


def backends_said(path):
    """The backends that stand in the texts of a file."""
    texts = strings(parsed(path))
    return {name for name in BACKENDS if any(re.search(rf"\b{name}\b", text) for text in texts)}


def test_the_training_core_names_no_backend():
    assert {path.parent.name for path in CORE} == {*CORE_FOLDERS, "sample"}
    assert backends_used(OF_ONE_BACKEND)
    others = [path for path in CORE if path != OF_ONE_BACKEND]
    assert told({path: backends_used(path) for path in others}) == ""
    said = {relative(path): backends_said(path) for path in others}
    assert {path: backends for path, backends in said.items() if backends} == MAY_SAY


def test_a_script_is_a_table_of_contents():
    lengths = {script.name: len(script.read_text(encoding="utf-8").splitlines()) for script in SCRIPTS}
    assert {name: lines for name, lines in lengths.items() if lines > 120} == {}


def unreadable(path):
    """What in a file is longer than one reads, or takes more arguments than one remembers."""
    lines = len(path.read_text(encoding="utf-8").splitlines())
    found = {f"{lines} lines"} if lines > 300 else set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count = len(node.args.posonlyargs + node.args.args + node.args.kwonlyargs)
            found |= {f"{node.name} has {length(node)} lines"} if length(node) > 60 else set()
            found |= {f"{node.name} takes {count} arguments"} if count > 7 else set()
    return found


def test_files_and_functions_stay_readable():
    files = [*LIBRARY, *BENCHMARKS, *SCRIPTS, ROOT / "submission" / "model.py"]
    assert told({path: unreadable(path) for path in files}) == ""


def length(function):
    """Lines of signature and body, without the docstring."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is not None:
        lines -= function.body[0].end_lineno - function.body[0].lineno + 1
    return lines


# Of one of them, for one of them: unshare(2), inotify, and what a submission may not open in /proc.
OF_LINUX = {"namespaces.py", "mounts.py", "open_trace.py", "audit.py", "reconcile.py"}
OF_ONE_SYSTEM = re.compile(
    r"\bimport (fcntl|resource|pwd|msvcrt)\b|\bprctl\(|[\"'/]/?proc/"
    r"|\bos\.(fork|getsid|setpgid|setres\w+|name)\b|\bsys\.platform\b"
)


def of_one_system(path):
    """What in a file holds on one system only; nothing where that is what the file is for."""
    if path.name in OF_LINUX or path == inside.FOLDER / "system.py":
        return set()
    found = {match[0] for match in OF_ONE_SYSTEM.finditer(path.read_text(encoding="utf-8"))}
    # They fork, and say so: what starts a child, and what watches it from above.
    return found - ({"os.fork", "os.setpgid"} if path.name == "supervisor.py" else set())


def test_one_module_knows_which_system_this_is():
    assert OF_LINUX <= {path.name for path in LIBRARY}
    assert told({path: of_one_system(path) for path in [*LIBRARY, *SCRIPTS]}) == ""


def test_no_file_is_a_drawer():
    assert not [
        relative(path)
        for path in [*LIBRARY, *BENCHMARKS]
        if re.fullmatch("(utils?|helpers?|common|misc).py", path.name)
    ]
