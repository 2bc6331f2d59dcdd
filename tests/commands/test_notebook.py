"""The Colab notebook on the generated sample: executed, killed in mid-training, executed again."""

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace

import nbclient
import nbformat
import pytest
from fresh_process import clean_environment
from PIL import Image
from processes import running, wait_until

from plants.data.sample.generate import generate_sample

REPO = Path(__file__).parents[2]
NOTEBOOK = REPO / "notebooks" / "colab.ipynb"
ON_DRIVE = "/content/drive/MyDrive/plants"


@pytest.fixture
def notebook():
    return nbformat.read(NOTEBOOK, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def cells_by_id(notebook):
    return {cell.id: cell for cell in notebook.cells}


def source_of(*names):
    """The code of some cells, one after the other, as a script."""
    cells = cells_by_id(nbformat.read(NOTEBOOK, as_version=4))
    return "\n".join(cells[name].source for name in names)


def text_of(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def pictures_of(cell):
    return [output for output in cell.outputs if "image/png" in output.get("data", {})]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with the generated sample: contest data on this machine would be taken instead."""
    place = tmp_path_factory.mktemp("notebook")
    sample = generate_sample()
    for name, pixels in zip(sample.names, sample.images, strict=True):
        path = (place / "sample" / name).with_suffix(".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(REPO))
        patch.setenv("PLANTS_FOLDER", str(place / "kept"))
        patch.setenv("PLANTS_DATA", str(place / "sample"))
        patch.setenv("PLANTS_RECIPE", "smoke")
        yield place


def client_for(notebook, place):
    resources = {"metadata": {"path": str(place)}}
    return nbclient.NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources)


@pytest.fixture(scope="module")
def killed(workplace):
    """The notebook whose kernel was killed after the first epoch, and what of its run there was then."""
    notebook, run = nbformat.read(NOTEBOOK, as_version=4), workplace / "kept" / "smoke-sample"
    client = client_for(notebook, workplace)

    def has_an_epoch():
        checkpoint, metrics = run / "checkpoint.npz", run / "metrics.jsonl"  # written in the other order
        return metrics.exists() and checkpoint.stat().st_mtime_ns > metrics.stat().st_mtime_ns

    def kill_after_an_epoch():
        wait_until(has_an_epoch, 300)
        os.kill(client.km.provisioner.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_after_an_epoch)
    killer.start()
    with pytest.raises(nbclient.exceptions.DeadKernelError):
        client.execute()
    killer.join()
    trainers = wait_until(lambda: not running(str(run)))
    return SimpleNamespace(
        cells=cells_by_id(notebook),
        trainers_ended=trainers,
        record=json.loads((run / "run.json").read_text()),
        epochs=(run / "metrics.jsonl").read_text().splitlines(),
        files={path.name for path in run.iterdir()},
    )


@pytest.fixture(scope="module")
def again(killed, workplace):
    """The notebook executed once more, in a new kernel: its cells by id."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client_for(notebook, workplace).execute()
    return cells_by_id(notebook)


@pytest.mark.rest
def test_the_training_ends_with_a_killed_kernel_and_leaves_what_is_needed_to_go_on(killed):
    assert killed.trainers_ended
    assert killed.record["status"] == "running"
    assert {"checkpoint.npz", "best.weights.h5"} <= killed.files
    assert 1 <= len(killed.epochs) < 3  # smoke has an epoch of the head and two of all layers


@pytest.mark.rest
def test_executed_again_it_goes_on_after_the_last_epoch_of_before(killed, again, workplace):
    said = f"going on after epoch {len(killed.epochs)} of an earlier try\n"
    assert said in text_of(again["train"])
    after = (workplace / "kept" / "smoke-sample" / "metrics.jsonl").read_text().splitlines()
    assert len(after) == 3
    assert after[: len(killed.epochs)] == killed.epochs


@pytest.mark.rest
def test_from_there_it_comes_to_an_accepted_zip(again, workplace):
    assert "pip" not in text_of(again["install"])  # the package imports: nothing is installed
    # 15 % of 10, 28, 27, 26, 27, 12, 28 and 26 images: 2 + 4 + 4 + 4 + 4 + 2 + 4 + 4
    accuracy = json.loads((workplace / "kept" / "score.json").read_text())["accuracy"]
    assert f"\naccuracy: {accuracy:.3f} on 28 held-out images\n" in text_of(again["download"])
    assert text_of(again["download"]).startswith("verdict: accepted\n")
    kept = {path.name for path in (workplace / "kept").iterdir()}
    assert kept == {"smoke-sample", "submission.zip", "score.json"}


@pytest.mark.rest
def test_the_curves_are_one_picture_that_grows_and_the_augmentation_another(killed, again):
    (curves,), (grown,) = pictures_of(killed.cells["train"]), pictures_of(again["train"])
    assert len(pictures_of(again["augmentation"])) == 1
    assert curves.data["image/png"] != grown.data["image/png"]


@pytest.mark.rest
def test_what_is_trained_already_is_not_trained_again(again, workplace, capsys):
    names = {"folder": workplace / "kept", "RECIPE": "smoke", "Path": Path, "run": None}
    exec(source_of("train"), names | {"data_option": ["--data", workplace / "sample"]})
    run = workplace / "kept" / "smoke-sample"
    assert capsys.readouterr().out.endswith(f"This is trained already: {run}\n")


@pytest.mark.parametrize(
    "recipe, data, name",
    [("lite1", [], "lite1"), ("found/best.json", ["--data", Path("a/photos.zip")], "best-photos")],
)
def test_each_recipe_and_each_data_has_a_run_of_its_own(recipe, data, name, tmp_path):
    given = []
    names = {"folder": tmp_path, "RECIPE": recipe, "data_option": data, "PROJECT": REPO}
    names |= {"Path": Path, "sys": sys, "run": lambda *command, **_: given.extend(command)}
    exec(source_of("train"), names)
    assert given[2:] == [*data, "--recipe", recipe, "--out", tmp_path / name]


def run_cells(*names, place, **settings):
    """A process that executes cells in the folder `place`; the project is not to be imported there."""
    environment = clean_environment() | {"PLANTS_FOLDER": str(place / "kept")} | settings
    return subprocess.run(
        [sys.executable, "-c", source_of(*names)], cwd=place, env=environment, capture_output=True, text=True
    )


def test_a_command_that_fails_stops_the_notebook_with_its_last_lines(workplace):
    code = f"run({sys.executable!r}, '-c', 'import sys; print(5 * 5); sys.exit(2)')"
    done = subprocess.run(
        [sys.executable, "-c", source_of("settings", "folder", "install") + "\n" + code],
        cwd=workplace,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout.endswith("\n25\n")
    assert "RuntimeError: The command above failed. Its last lines say why" in done.stderr


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


def test_the_stop_button_reaches_a_training_once_and_waits_for_it(capfd):
    install, names = source_of("install"), {"os": os}
    exec(install[: install.index("try:\n    import plants")], names)
    stop_button = [threading.main_thread().ident, signal.SIGINT]
    threading.Timer(1, signal.pthread_kill, stop_button).start()
    names["run"](sys.executable, "-c", STOPPED, may_be_stopped=True)
    assert capfd.readouterr().out.endswith("learning\nkept\n")


def test_without_the_project_the_notebook_asks_where_to_get_it(tmp_path):
    done = run_cells("settings", "folder", "install", place=tmp_path)
    assert "RuntimeError: Set REPOSITORY in the settings to the address or a zip of this" in done.stderr


@pytest.fixture(params=["clone", "zip"])
def repository(request, tmp_path):
    """A project of two files that need nothing installed, as an address or as a hosting service's zip."""
    project = tmp_path / "hosted" / "plants-main"
    project.mkdir(parents=True)
    (project / "train.py").touch()
    (project / "requirements.txt").touch()
    if request.param == "zip":
        return shutil.make_archive(str(tmp_path / "project"), "zip", project.parent, project.name)
    for command in ("init -q", "add .", "-c user.name=a -c user.email=a@b commit -q -m all"):
        subprocess.run(["git", "-C", str(project), *command.split()], check=True)
    return str(project)


def test_a_zip_of_something_else_is_refused(tmp_path):
    (tmp_path / "other").mkdir()
    other = shutil.make_archive(str(tmp_path / "other"), "zip", tmp_path / "other")
    done = run_cells("settings", "folder", "install", place=tmp_path, PLANTS_REPOSITORY=other)
    assert f"RuntimeError: {other} is not this project: there is no train.py in it." in done.stderr


def test_the_project_may_be_a_git_repository_or_a_zip(repository, tmp_path):
    for _ in range(2):  # the second time it is there
        done = run_cells("settings", "folder", "install", place=tmp_path, PLANTS_REPOSITORY=repository)
        assert done.returncode == 0, done.stderr
        (place,) = re.findall("The project is in (.*)", done.stdout)
        assert (Path(place) / "train.py").is_file()
        assert Path(place).is_relative_to(tmp_path / "plants-project")


@pytest.fixture
def colab(monkeypatch):
    """google.colab as far as it is used; tells what is asked of it."""
    asked = []

    def upload_file(path):
        asked.append(path)
        Path(path).touch()

    module = ModuleType("google.colab")
    module.drive = SimpleNamespace(mount=lambda place: asked.append(place) or exit("mounted"))
    module.files = SimpleNamespace(upload_file=upload_file)
    monkeypatch.setitem(sys.modules, "google.colab", module)
    monkeypatch.setenv("SCORE_LEDGER", "elsewhere")
    return asked


def test_on_colab_a_folder_on_drive_is_mounted_before_anything_else(colab):
    with pytest.raises(SystemExit, match="mounted"):
        exec(source_of("folder"), {"os": os, "FOLDER": ON_DRIVE, "DATA": ""})
    assert colab == ["/content/drive"]


def test_elsewhere_the_folder_lies_beside_the_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"os": os, "FOLDER": ON_DRIVE, "DATA": ""}
    exec(source_of("folder"), names)
    assert names["folder"] == tmp_path / "runs"
    assert names["data_option"] == []


def test_the_zip_is_uploaded_once_and_found_in_the_folder_from_then_on(colab, tmp_path):
    kept = tmp_path / "training_data_final.zip"
    for data in ("upload", "upload", ""):
        names = {"os": os, "FOLDER": str(tmp_path), "DATA": data}
        exec(source_of("folder"), names)
        assert names["data_option"] == ["--data", kept]
    assert colab == [str(kept)]


def test_elsewhere_nothing_can_be_uploaded(tmp_path):
    with pytest.raises(RuntimeError, match="Uploading works on Colab only. Set DATA to the path of the zip"):
        exec(source_of("folder"), {"os": os, "FOLDER": str(tmp_path), "DATA": "upload"})


def test_google_colab_is_imported_in_one_cell_and_guarded(notebook):
    using = [cell for cell in code_cells(notebook) if "google" in cell.source]
    assert [cell.id for cell in using] == ["folder"]
    (guard,) = [node for node in ast.parse(using[0].source).body if isinstance(node, ast.Try)]
    assert [ast.unparse(node) for node in guard.body] == ["from google.colab import drive, files"]
    assert [handler.type.id for handler in guard.handlers] == ["ImportError"]
    unguarded = using[0].source.replace(ast.get_source_segment(using[0].source, guard), "")
    assert "google" not in unguarded


def test_colab_is_asked_for_a_gpu(notebook):
    assert (notebook.metadata.accelerator, notebook.metadata.colab.gpuType) == ("GPU", "T4")


def test_the_cells_are_plain_python_so_they_are_a_script_as_well(notebook):
    ast.parse("\n".join(cell.source for cell in code_cells(notebook)))


def test_the_notebook_is_committed_without_outputs(notebook):
    for cell in code_cells(notebook):
        assert (cell.outputs, cell.execution_count) == ([], None), cell.id


def test_every_code_cell_follows_a_text_that_explains_it(notebook):
    kinds = [cell.cell_type for cell in notebook.cells]
    assert all(before == "markdown" for before, kind in zip(kinds, kinds[1:], strict=False) if kind == "code")
