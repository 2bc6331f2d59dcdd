"""Each field of each profile: what would be judged otherwise if it were left at another contest's value."""

import dataclasses
import zipfile

import pytest
from judging import check, codes, judge, told
from submissions import making
from submissions.making import MODEL, RETURN

from plants.harness.profiles import PROFILES
from plants.harness.run import exits, reconcile

YEARS = (2022, 2023, 2024)
BY_YEAR = dict(
    zip(YEARS, (PROFILES[name] for name in ("codalab-2022", "codalab-2023", "codabench-2024")), strict=True)
)
# One class under both names, made with or without a path.
EITHER = MODEL.replace("(self, path)", "(self, path=None)") + "\n\nModel = model\n"
ARRAYS_ONLY = "return X.astype(int)[:, 0, 0, 0].tolist()"


def zip_for(path, model=EITHER, **files):
    return making.good(path, model__py=model, **files)


def told_under(year, path):
    return codes(check(path, BY_YEAR[year]))


def with_a_file(path, method):
    zip_for(path)
    with zipfile.ZipFile(path, "a", method) as file:
        file.writestr("extra.txt", "x" * 1000)
    return path


def importing(path, module):
    return zip_for(path, f"import {module}\n{EITHER}")


# Field: a zip, and the codes that its checks find under the profile of each year.
CHECKED = {
    "class_name": (lambda path: zip_for(path, MODEL), [[], [], ["CON05"]]),
    "passes_path": (
        lambda path: zip_for(path, MODEL.replace("class model", "class Model") + "\n\nmodel = Model\n"),
        [[], [], ["CON06"]],
    ),
    "needs_metadata": (lambda path: zip_for(path, metadata=None), [["CON01"], ["CON01"], []]),
    "metadata_names": (
        lambda path: zip_for(path, **{"metadata.yaml": "command: python model.py\n"}),
        [[], [], ["CON02"]],
    ),
    "strict_metadata": (lambda path: zip_for(path, metadata="a: ["), [["CON03"], ["CON03"], []]),
    "python": (
        lambda path: zip_for(path, EITHER + "\n\ntry:\n    pass\nexcept* OSError:\n    pass\n"),
        [["CON04"], ["CON04"], []],
    ),
    "tensorflow": (
        lambda path: zip_for(path, **{"SubmissionModel/net.keras": "k"}),
        [["ENV02"], [], []],
    ),
    "compression_methods": (
        lambda path: with_a_file(path, zipfile.ZIP_LZMA),
        [["ZIP08"], ["ZIP08"], []],
    ),
}  # fmt: skip


@pytest.mark.parametrize("field", CHECKED)
def test_checks_go_by_the_field_of_the_contests_own_profile(field, tmp_path):
    make, expected = CHECKED[field]
    path = make(tmp_path / "a.zip")
    assert [told_under(year, path) for year in YEARS] == expected


def test_python_3_10_is_the_newest_of_2023(tmp_path):
    model = EITHER.replace(RETURN, f"match len(X):\n            case _:\n                {RETURN}")
    path = zip_for(tmp_path / "a.zip", model)
    assert [told_under(year, path) for year in YEARS] == [["CON04"], [], []]


@pytest.mark.parametrize(
    "module, expected",
    [
        ("keras_preprocessing", [[], ["ENV01"], ["ENV01"]]),
        ("tensorflow_estimator", [[], [], ["ENV01"]]),
        ("ml_dtypes", [["ENV01"], ["ENV01"], []]),
    ],
)
def test_libraries_are_those_that_the_servers_tensorflow_brings(module, expected, tmp_path):
    path = importing(tmp_path / "a.zip", module)
    assert [told_under(year, path) for year in YEARS] == expected


def test_operations_are_unknown_to_the_server_whose_tensorflow_is_older():
    unknown = [BY_YEAR[year].unknown_ops for year in YEARS]
    assert "DisableCopyOnRead" in unknown[0] and "DisableCopyOnRead" not in unknown[2]
    assert unknown[2] < unknown[0] and unknown[1] == unknown[2] != frozenset()


@pytest.mark.parametrize("year, works_there", [(2023, False), (2024, True)])
def test_x_is_an_array_and_the_folder_as_the_contest_has_it(year, works_there, tmp_path):
    """Run without TensorFlow, which these two contests leave to the submission."""
    where = "import os\n        assert os.path.exists('model.py') is " + str(works_there)
    model = EITHER.replace("self.path = path", where).replace(RETURN, ARRAYS_ONLY)
    result = judge(zip_for(tmp_path / "a.zip", model), BY_YEAR[year])
    assert (told(result), result.scores.get("accuracy")) == ([], 0.9)
    assert "tensorflow" not in result.versions


def test_x_of_2022_is_a_tensor_and_the_working_directory_another():
    profile = BY_YEAR[2022]
    assert (profile.input_kind, profile.runs_in_submission) == ("tensor", False)


@pytest.mark.parametrize("year, limit", [(2022, "300 s"), (2023, "300 s"), (2024, "600 s")])
def test_time_ends_when_the_contests_worker_ends_it(year, limit):
    found = exits.timeout("predict", BY_YEAR[year], seconds=700, cpu_seconds=700, place=(None, None))
    assert (found.code, f"Killed at {limit} in phase predict" in found.message) == ("RES03", True)


@pytest.mark.parametrize("year, limit", [(2022, "1200 s"), (2023, "1200 s"), (2024, "2400 s")])
def test_processors_may_compute_four_times_as_long(year, limit):
    found = exits.death("predict", {"why": "cpu"}, BY_YEAR[year], (None, None))
    assert f"Killed at {limit} of CPU time" in found.message


@pytest.mark.parametrize(
    "year, sizes",
    [(2022, "2 GB to upload, 8 GB"), (2023, "2 GB to upload, 8 GB"), (2024, "15 GB to upload, 30 GB")],
)
def test_sizes_are_those_of_the_contests_server(year, sizes):
    assert sizes in BY_YEAR[year].describe_limits()


@pytest.mark.parametrize("year, found", [(2022, ["CON07"]), (2023, []), (2024, [])])
def test_import_may_take_longer_where_it_is_the_first_to_load_tensorflow(year, found):
    outcome = type("Outcome", (), {"timing": {"import": 30.0}})
    assert [fault.code for fault in reconcile._slow_import(outcome, BY_YEAR[year])] == found


TESTED = {
    *CHECKED,
    *("name", "libraries", "unknown_ops", "input_kind", "runs_in_submission", "time_limit_seconds"),
    *("cpu_limit_seconds", "upload_limit_bytes", "unpacked_limit_bytes", "import_seconds"),
}


def test_every_field_that_a_contest_decides_is_tested_here_and_has_no_default():
    fields = dataclasses.fields(BY_YEAR[2022])
    assert {field.name for field in fields if field.default is dataclasses.MISSING} == TESTED


def test_a_profile_is_named_as_it_is_found():
    assert all(name == profile.name for name, profile in PROFILES.items())
