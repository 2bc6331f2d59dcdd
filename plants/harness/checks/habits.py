"""Static checks of model.py: CON07, and warnings of CON08 and ENV05, for what works at home only; SEC04."""

import ast
import re
from collections.abc import Iterable, Iterator

from plants.harness.checks.archive import MODEL_FILE
from plants.harness.faults import WARNING, Fault, counted, fault

# Calls that train, read data, print or wait, by the last part of their name.
WORK = {
    "download", "evaluate", "fit", "fit_generator", "flow_from_directory", "image_dataset_from_directory",
    "imshow", "input", "listdir", "mount", "print", "read_csv", "savefig", "show", "sleep", "summary",
    "system", "train_on_batch", "urlretrieve",
}  # fmt: skip
HOME = re.compile(r"[A-Za-z]:[\\/]\w|/(?:home|Users|content|kaggle|gdrive|mnt|media)/|~/\w")
GPU = re.compile(r"(?:/.*)?\b(?:GPU|TPU):\d+$", re.IGNORECASE)
HALF_PRECISION = {"mixed_float16", "float16"}
PRYING = {("sys", "_getframe"), ("sys", "_current_frames"), ("gc", "get_objects"), ("gc", "get_referrers")}
ASKS_FOR_GPUS = {"list_physical_devices", "is_gpu_available", "list_logical_devices", "get_visible_devices"}


def faults_of(tree: ast.Module) -> list[Fault]:
    """One warning for each code, at its first line, saying how many more lines there are."""
    at_import = set(_run_at_import(tree))
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    asks_first = any(_called(node) in ASKS_FOR_GPUS for node in ast.walk(tree))
    lines = []  # (code, line, what)
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr | ast.stmt):  # the others have no line
            continue
        if node in at_import and isinstance(node, ast.Call) and _called(node) in WORK:
            lines.append(("CON07", node.lineno, f"{ast.unparse(node.func)}() runs at every import"))
        text = _text(node)
        if text and node not in docstrings and HOME.match(text):
            code = "CON07" if node in at_import else "CON08"
            lines.append((code, node.lineno, f"the path {text[:80]!r} exists on one machine only"))
        if not asks_first and (device := _device_named(node)):
            lines.append(("ENV05", node.lineno, f"{device} is hard-coded"))
        for name in _pryings(node):
            lines.append(("SEC04", node.lineno, f"{name} looks into what other code holds"))
    return _firsts(lines)


def _run_at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes that run when the module is imported: those outside functions, and not only as a script."""
    to_visit: list[ast.AST] = list(tree.body)
    while to_visit:
        node = to_visit.pop()
        yield node
        if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            to_visit.extend(node.orelse)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            to_visit.extend([*node.decorator_list, *node.args.defaults])
        elif not isinstance(node, ast.Lambda):
            to_visit.extend(ast.iter_child_nodes(node))


def _called(node: ast.AST) -> str | None:
    """The last part of the name of what a node calls: "fit" for net.fit(...)."""
    match node:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name
    return None


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _device_named(node: ast.AST) -> str | None:
    """The GPU, or the precision made for GPUs, that a call asks for in so many words."""
    if not isinstance(node, ast.Call):
        return None
    texts = [text for argument in node.args if (text := _text(argument))]
    if _called(node) in ("device", "OneDeviceStrategy"):
        return next((f"Device {text}" for text in texts if GPU.match(text)), None)
    if _called(node) in ("set_global_policy", "set_policy", "Policy"):
        return next((f"Precision {text}" for text in texts if text in HALF_PRECISION), None)
    return None


def _pryings(node: ast.AST) -> list[str]:
    """The functions named in a node that get at the frames or objects of other modules."""
    match node:
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            names = [name]
        case ast.ImportFrom(module=module, names=aliases):
            names = [alias.name for alias in aliases]
        case _:
            return []
    return [f"{module}.{name}" for name in names if (module, name) in PRYING]


def _firsts(lines: Iterable[tuple[str, int, str]]) -> list[Fault]:
    """One fault for each code among (code, line, what)."""
    faults: dict[str, list[Fault]] = {}
    for code, line, what in sorted(lines):
        message = f"model.py line {line}: {what}."
        faults.setdefault(code, []).append(fault(code, message, file=MODEL_FILE, line=line, level=WARNING))
    return [counted(group) for group in faults.values()]
