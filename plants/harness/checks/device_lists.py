"""Whether a line of code takes a device out of a list of devices, which is empty where there is no GPU."""

import ast
from collections.abc import Iterator

LISTS = {  # of TensorFlow and Keras, by the last part of their names
    "list_physical_devices", "list_logical_devices", "list_local_devices", "list_devices",
    "get_visible_devices", "experimental_list_devices",
}  # fmt: skip
SAME_DEVICES = {"list", "sorted", "tuple", "iter", "reversed", "filter", "set", "array", "asarray"}
TAKES_ONE = {"pop", "next", "choice", "max", "min"}
ALWAYS_THERE = "CPU"
HANDED_ON = 20  # times, at most, from one name to another


def are_indexed(source: bytes, line: int) -> bool:
    """Whether the statement at `line` of `source` takes a GPU or TPU from a list of those there are.

    By an index, as in gpus[0], by pop() or next(), by unpacking the list, or by an assert. False where the
    source cannot be read, or is nested too deeply.
    """
    try:
        tree = ast.parse(source)
        names = _names_of_lists(tree)
        return any(_takes_one(node, names) for node in ast.walk(tree) if _is_at(node, line))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _is_at(node: ast.AST, line: int) -> bool:
    return isinstance(node, ast.expr | ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)


def _names_of_lists(tree: ast.Module) -> set[str]:
    """The names that hold such lists anywhere in a module: variables, attributes, functions and arguments."""
    pairs = [(name, value) for name, value in _bindings(tree) if name]
    names: set[str] = set()
    for _ in range(HANDED_ON):
        names |= {name for name, value in pairs if name not in names and _is_list(value, names)}
    return names


def _bindings(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """(name, value) of each assignment, default, return and argument passed to a function of the module."""
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                yield from ((_name(target), value) for target in targets)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield _name(target), value
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                yield name, value
            case ast.FunctionDef(name=function, args=arguments):
                returned = (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return))
                yield from ((function, value) for value in returned if value)
                for argument, default in zip(arguments.args[::-1], arguments.defaults[::-1], strict=False):
                    yield argument.arg, default
            case ast.Call(func=func, args=values, keywords=keywords) if _name(func) in functions:
                names = [argument.arg for argument in functions[_name(func)].args.args]
                yield from zip([name for name in names if name != "self"], values, strict=False)
                yield from ((keyword.arg, keyword.value) for keyword in keywords if keyword.arg)


def _name(node: ast.expr) -> str:
    """The last part of a variable's or attribute's name; "" of others."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _is_list(node: ast.expr, names: set[str]) -> bool:
    """Whether an expression is a list of devices, or one made from it; `names` hold such lists."""
    match node:
        case ast.Name() | ast.Attribute():
            return _name(node) in names
        case ast.Call(func=func, args=arguments):
            if _name(func) in LISTS:
                return not any(_is_always_there(each) for each in ast.walk(node))
            if _name(func) in SAME_DEVICES:
                return any(_is_list(argument, names) for argument in arguments)
            return _name(func) in names
        case ast.ListComp(generators=generators) | ast.GeneratorExp(generators=generators):
            return any(_is_list(generator.iter, names) for generator in generators)
        case ast.Subscript(value=value, slice=ast.Slice()):
            return _is_list(value, names)
        case ast.IfExp(body=body, orelse=orelse):
            return _is_list(body, names) or _is_list(orelse, names)
        case ast.BoolOp(values=values):
            return any(_is_list(value, names) for value in values)
        case ast.BinOp(left=left, right=right):
            return _is_list(left, names) and _is_list(right, names)
    return False


def _is_always_there(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == ALWAYS_THERE


def _takes_one(node: ast.AST, names: set[str]) -> bool:
    match node:
        case ast.Subscript(value=value, slice=index):
            return not isinstance(index, ast.Slice) and _is_list(value, names)
        case ast.Call(func=ast.Attribute(attr="pop", value=value)):
            return _is_list(value, names)
        case ast.Call(func=func, args=[value, *_]):
            return _name(func) in TAKES_ONE and _is_list(value, names)
        case ast.Assign(targets=[ast.Tuple() | ast.List()], value=value):
            return _is_list(value, names)
        case ast.Assert(test=test):
            return any(isinstance(part, ast.expr) and _is_list(part, names) for part in ast.walk(test))
    return False
