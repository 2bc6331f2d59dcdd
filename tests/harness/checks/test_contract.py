"""No rule may reject what a server would take: submissions that look odd and are right."""

import stat
import zipfile

import pytest
from judging import CODABENCH, CODALAB, codes, judge, told
from odd_models import ODD_MODELS
from submissions import making, zip_faults
from submissions.making import MODEL, RETURN

CODABENCH_MODEL = (
    MODEL.replace("class model", "class Model")
    .replace("(self, path)", "(self)")
    .replace("self.path = path", "pass")
)
# Each level holds the one below it ten times.
ENDLESS_METADATA = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 40)
)


@pytest.mark.parametrize("name", ODD_MODELS)
def test_model_file_that_the_server_takes_is_accepted(name, tmp_path):
    result = judge(making.good(tmp_path / "a.zip", model__py=ODD_MODELS[name]))
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)


@pytest.mark.parametrize(
    "files",
    [
        {"metadata": "description: my submission\n"},
        {"metadata": "# nothing but a remark\n"},
        {"metadata": "~\n"},
        {"metadata": ENDLESS_METADATA + "<<: *a39\n"},
        {"metadata": "description: !!bool maybe\n"},
        {"metadata": "description: !!int ''\n"},
        {"metadata": "version: 3\n"},  # only text is taken for an address
        {"SubmissionModel/a.h5": "weights", "SubmissionModel/b.h5": "weights"},
        {"SubmissionModel/saved_model.pb": "all constants are in here"},
        {
            "SubmissionModel/saved_model.pb": "g",
            "SubmissionModel/variables/variables.index": "i",
            "SubmissionModel/variables/variables.data-00000-of-00002": "d",
            "SubmissionModel/variables/variables.data-00001-of-00002": "d",
        },
        {"SubmissionModel/weights.index": "i", "SubmissionModel/weights.data-00000-of-00001": "d"},
        {"test.py": "", "helpers.py": "", "numpy/readme.txt": "no package", "sub/random.py": ""},
        {"caf\u00e9.txt": "x", "./dotted.txt": "x", "empty/": "", ".gitignore": "x"},
        {"SubmissionModel/weights.txt": None},
    ],
    ids=lambda files: ",".join(files),
)
def test_layout_that_the_server_takes_is_accepted(files, tmp_path):
    assert told(judge(making.good(tmp_path / "a.zip", **files))) == []


def test_modules_beside_model_py_are_found(tmp_path):
    path = making.good(
        tmp_path / "a.zip",
        model__py="from net import *\n",
        net__py=MODEL.replace(RETURN, "import tools\n        return tools.first(X)"),
        tools__py="def first(X):\n    return X[:, 0, 0, 0].astype(int)\n",
    )
    result = judge(path)
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)


def test_codabench_calls_model_without_arguments_in_the_submissions_folder(tmp_path):
    body = "self.offset = int(open('SubmissionModel/weights.txt').read().split()[0]) - 1"
    model = CODABENCH_MODEL.replace("pass", body).replace("astype(int)", "astype(int) + self.offset")
    path = making.good(tmp_path / "a.zip", model__py=model)
    assert judge(path, CODABENCH).scores["accuracy"] == 0.9
    assert codes(judge(path, CODALAB)) == ["CON05"]


def test_codalab_passes_the_folder_and_works_elsewhere(tmp_path):
    body = (
        "import os\n        assert os.listdir('.') == [], os.listdir('.')\n"
        "        assert sorted(os.listdir(path)) == ['SubmissionModel', 'metadata', 'model.py']"
    )
    path = making.good(tmp_path / "a.zip", model__py=MODEL.replace("self.path = path", body))
    assert told(judge(path)) == []


def test_constructor_that_needs_a_path_is_rejected_by_codabench(tmp_path):
    path = making.good(tmp_path / "a.zip", model__py=MODEL.replace("class model", "class Model"))
    result = judge(path, CODABENCH)
    assert codes(result) == ["CON06"]
    assert "__init__(self, path) needs 1 argument; the server passes nothing." in result.faults[0].message


def test_codabench_takes_metadata_yaml_and_does_not_mind_broken_yaml(tmp_path):
    path = making.good(tmp_path / "a.zip", model__py=CODABENCH_MODEL, metadata=None, metadata__yaml="a: [")
    assert told(judge(path, CODABENCH)) == []


def test_metadata_too_long_to_be_looked_into_is_told_where_it_could_do_harm(tmp_path):
    long = "#" * 70_000 + "\n"
    path = making.good(tmp_path / "a.zip", metadata=f"{long}command: python evil.py\n")
    (found,) = judge(path).faults
    assert (found.code, found.file) == ("CON03", "metadata")
    assert found.message == "metadata has 70025 bytes, where none are needed; more than 65536 are not read."
    path = making.good(tmp_path / "b.zip", model__py=CODABENCH_MODEL, metadata=long)
    assert told(judge(path, CODABENCH)) == []


def test_bzip2_is_read_by_codabench_only(tmp_path):
    path = making.good(tmp_path / "a.zip", model__py=CODABENCH_MODEL + MODEL)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_BZIP2) as file:
        file.writestr("extra.txt", "x" * 1000)
    assert told(judge(path, CODABENCH)) == []
    result = judge(path, CODALAB)
    assert (codes(result), result.faults[0].file) == (["ZIP08"], "extra.txt")


def test_syntax_of_python_3_10_is_read_by_codabench(tmp_path):
    model = CODABENCH_MODEL.replace(RETURN, f"match len(X):\n            case _:\n                {RETURN}")
    assert told(judge(making.good(tmp_path / "a.zip", model__py=model), CODABENCH)) == []


def test_unix_mode_that_is_not_given_is_not_taken_for_000(tmp_path):
    path = making.good(tmp_path / "a.zip")
    with zipfile.ZipFile(path, "a") as file:
        bare, folder = zipfile.ZipInfo("bare.txt"), zipfile.ZipInfo("folder/")
        bare.external_attr, folder.external_attr = 0, (stat.S_IFDIR | 0o755) << 16
        file.writestr(bare, "x")
        file.writestr(folder, "")
    assert told(judge(path)) == []


def test_utf_8_names_that_are_not_marked_as_such_are_read_as_a_mac_writes_them(tmp_path):
    path = making.good(tmp_path / "a.zip")
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("cafexx.txt", "x")
    path.write_bytes(path.read_bytes().replace(b"cafexx.txt", "cafe\u00e9.txt".encode()))
    assert told(judge(path)) == []


def test_all_faults_are_told_at_once(tmp_path):
    path = making.write_zip(
        tmp_path / "a.zip",
        {
            "outer/model.py": MODEL.replace(RETURN, "return None"),
            "outer/metadata.txt": "",
            "outer/.DS_Store": "x",
        },
    )
    assert codes(judge(path)) == ["ZIP02", "ZIP03", "CON01", "OUT01"]


def test_what_makes_a_run_pointless_ends_the_check(tmp_path):
    path = making.good(tmp_path / "a.zip", model__py="1 /", metadata="command: x")
    result = judge(path)
    assert (codes(result), result.isolation) == (["CON02", "CON04"], [])


WEIGHTS = {
    "SubmissionModel/variables/variables.index": "i",
    "SubmissionModel/variables/variables.data-00000-of-00002": "d",
    "SubmissionModel/variables/variables.data-00001-of-00002": "d",
}
LOAD = "self.load_weights = os.path.join(path, 'SubmissionModel', 'variables', 'variables')"


@pytest.mark.parametrize(
    "lacking, code, expected",
    [
        (None, LOAD, None),
        (None, "pass", "saved_model.pb"),
        ("variables/variables.index", LOAD, "saved_model.pb"),
        ("variables/variables.data-00001-of-00002", LOAD, "saved_model.pb"),
    ],
)
def test_whole_weights_need_no_graph_if_the_code_loads_them_itself(lacking, code, expected, tmp_path):
    files = {name: content for name, content in WEIGHTS.items() if name != f"SubmissionModel/{lacking}"}
    model = "import os\n" + MODEL.replace("self.path = path", code)
    found = [each.file for each in judge(making.good(tmp_path / "a.zip", model__py=model, **files)).faults]
    assert found == ([f"SubmissionModel/{expected}"] if expected else [])


def test_half_a_saved_model_beside_a_whole_submission_is_left_over(tmp_path):
    half = {name.replace("SubmissionModel", "old"): content for name, content in WEIGHTS.items()}
    whole = making.good(tmp_path / "a.zip", **half)
    assert told(judge(whole)) == []
    alone = making.good(tmp_path / "b.zip", **half, **{"SubmissionModel/weights.txt": None})
    assert codes(judge(alone)) == ["CON09"]


def test_wrong_class_is_the_one_rejection_where_the_import_fails_besides(tmp_path):
    path = making.good(tmp_path / "a.zip", model__py="1 / 0\n" + MODEL.replace("class model", "class Net"))
    result = judge(path)
    assert (codes(result), result.faults[0].line) == (["CON05"], 5)


def test_suspicion_that_the_run_refutes_is_dropped_where_predict_fails_after_all(tmp_path):
    model = ODD_MODELS["predict given to the class"].replace(RETURN, "1 / 0")
    result = judge(making.good(tmp_path / "a.zip", model__py=model))
    assert (codes(result), result.faults[0].line) == (["RUN01"], 10)


def test_text_that_is_no_python_is_no_file_of_the_submission(tmp_path):
    """The child works in the submission's folder, where '<unknown>' could be a file."""
    model = CODABENCH_MODEL.replace(RETURN, "import ast; ast.literal_eval('(')")
    result = judge(making.good(tmp_path / "a.zip", model__py=model), CODABENCH)
    (fault,) = result.faults
    assert (fault.code, fault.file, fault.line) == ("RUN01", "model.py", 9)


def test_pointers_that_matter_are_told_beside_those_that_do_not(tmp_path):
    path = making.good(tmp_path / "a.zip", **{"0.png": zip_faults.POINTER, "net.h5": zip_faults.POINTER})
    found = [(fault.code, fault.level, fault.file) for fault in judge(path).faults]
    assert sorted(found) == [("ZIP12", "reject", "net.h5"), ("ZIP12", "warning", "0.png")]


def test_vendored_package_is_a_warning(tmp_path):
    result = judge(making.good(tmp_path / "a.zip", **{"tqdm/__init__.py": "", "joblib/__init__.py": ""}))
    assert [(fault.code, fault.level) for fault in result.faults] == [("ENV06", "warning")] * 2
    assert result.verdict == "accepted"
