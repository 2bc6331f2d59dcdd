"""The Colab notebook runs top to bottom, here on the generated sample, and is committed clean."""

import ast
import os
import re
import signal
import sys
import threading
from pathlib import Path

import nbclient
import nbformat
import pytest
from PIL import Image

from plants.data.sample.generate import generate_sample

pytestmark = pytest.mark.rest

REPO = Path(__file__).parents[2]
NOTEBOOK = REPO / "notebooks" / "colab.ipynb"


@pytest.fixture
def notebook():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture
def sample_folder(tmp_path):
    """The generated sample as a folder, so that contest data on this machine is not taken instead."""
    images = generate_sample()
    for name, pixels in zip(images.names, images.images, strict=True):
        path = (tmp_path / "sample" / name).with_suffix(".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    return tmp_path / "sample"


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text_of(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def execute(notebook, folder):
    """Runs all cells with `folder` as the working folder; a failing cell raises CellExecutionError."""
    resources = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources).execute()


def test_the_notebook_runs_top_to_bottom_to_an_accepted_zip(notebook, sample_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    monkeypatch.setenv("PLANTS_DATA", str(sample_folder))
    monkeypatch.setenv("PLANTS_RECIPE", "smoke")
    execute(notebook, tmp_path)
    cells = {cell.id: cell for cell in notebook.cells}
    assert "pip" not in text_of(cells["install"])  # the package imports: nothing is installed
    pictures = [output for output in cells["curves"].outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == 2
    # 15 % of 10, 28, 27, 26, 27, 12, 28 and 26 images: 2 + 4 + 4 + 4 + 4 + 2 + 4 + 4
    assert re.search(r"accuracy: 0\.\d{3} on 28 held-out images", text_of(cells["download"]))
    assert text_of(notebook.cells[-1]).startswith("verdict: accepted\n")
    assert (tmp_path / "submission.zip").is_file()


def test_a_command_that_fails_stops_the_notebook(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    monkeypatch.setenv("PLANTS_DATA", str(tmp_path / "absent.zip"))
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="The command above failed"):
        execute(notebook, tmp_path)
    assert "absent.zip: no such file" in "".join(map(text_of, code_cells(notebook)))


STOPPED = """
import sys, time
print("learning")
try:
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.5)
    print("kept")
    sys.exit(130)
"""


def test_the_stop_button_reaches_a_training_once_and_waits_for_it(notebook, capfd):
    install = next(cell for cell in code_cells(notebook) if cell.id == "install").source
    names = {"os": os}
    exec(install[: install.index("if DATA")], names)
    stop_button = [threading.main_thread().ident, signal.SIGINT]
    threading.Timer(2, signal.pthread_kill, stop_button).start()
    names["run"](sys.executable, "-c", STOPPED, may_be_stopped=True)
    assert capfd.readouterr().out.endswith("learning\nkept\n")


def test_without_the_project_the_notebook_asks_where_to_get_it(notebook, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.delenv("PLANTS_REPOSITORY", raising=False)
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="Set REPOSITORY in the settings"):
        execute(notebook, tmp_path)


def test_google_colab_is_imported_in_one_cell_and_guarded(notebook):
    using = [cell for cell in code_cells(notebook) if "google" in cell.source.replace("/content/drive", "")]
    assert [cell.id for cell in using] == ["data"]
    (guard,) = [node for node in ast.parse(using[0].source).body if isinstance(node, ast.Try)]
    assert [ast.unparse(node) for node in guard.body] == ["from google.colab import drive, files"]
    assert [handler.type.id for handler in guard.handlers] == ["ImportError"]
    unguarded = using[0].source.replace(ast.get_source_segment(using[0].source, guard), "")
    assert "google" not in unguarded


def test_the_notebook_is_committed_without_outputs(notebook):
    for cell in code_cells(notebook):
        assert (cell.outputs, cell.execution_count) == ([], None), cell.id


def test_every_code_cell_follows_a_text_that_explains_it(notebook):
    kinds = [cell.cell_type for cell in notebook.cells]
    assert all(before == "markdown" for before, kind in zip(kinds, kinds[1:], strict=False) if kind == "code")
