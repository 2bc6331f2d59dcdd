"""The programs that are copied beside a submission run under its interpreter, with nothing else there."""

import ast
import sys

import pytest

from plants.sandbox import inside


@pytest.mark.parametrize("program", inside.PROGRAMS)
def test_what_the_child_runs_is_python_3_8_and_imports_the_standard_library_only(program):
    tree = ast.parse((inside.FOLDER / program).read_text(), feature_version=(3, 8))
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            modules.add(node.module.split(".")[0])
    assert modules <= sys.stdlib_module_names and "__future__" in modules
