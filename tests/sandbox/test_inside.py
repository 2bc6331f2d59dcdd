"""The programs that are copied beside a submission run under its interpreter, with nothing else there."""

import ast
import sys

from plants.sandbox import inside


def modules_of(program):
    """The modules that a program imports, read by the grammar of Python 3.8; "." is one of ours."""
    modules = set()
    for node in ast.walk(ast.parse((inside.FOLDER / program).read_text(), feature_version=(3, 8))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add("." if node.level else node.module.split(".")[0])
    return modules


def test_what_the_child_runs_is_python_3_8_and_imports_the_standard_library_only():
    assert {"child.py", "supervisor.py"} <= set(inside.PROGRAMS)
    found = {program: modules_of(program) for program in inside.PROGRAMS}
    assert {name: modules - sys.stdlib_module_names for name, modules in found.items()} == dict.fromkeys(
        inside.PROGRAMS, set()
    )
    assert [name for name, modules in found.items() if "__future__" not in modules] == []
