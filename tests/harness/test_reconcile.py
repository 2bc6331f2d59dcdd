"""What a run makes of what the static checks suspect."""

import types

import pytest
from judging import CODALAB

from plants.harness.faults import WARNING, fault
from plants.harness.run import reconcile

MEBIBYTE = 1 << 20
NEW_GRAPH = fault("ENV02", "newer.", file="a/saved_model.pb", level=WARNING)
NEW_HELPER = fault("CON04", "newer.", file="helper.py", line=1, level=WARNING)
SUCCESS = {"start": 1.0, "import": 1.0, "init": 1.0, "predict": 1.0}


class Zip:
    files = {name: types.SimpleNamespace(file_size=1 << 20) for name in ("a/saved_model.pb", "helper.py")}
    folders = frozenset()


def reconciled(suspected, *found, python="3.9.1", tensorflow="2.9.3", timing=SUCCESS, opened=None):
    versions = {"python": python} | ({"tensorflow": tensorflow} if tensorflow else {})
    outcome = types.SimpleNamespace(faults=list(found), versions=versions, timing=timing)
    faults = reconcile.reconcile(suspected, outcome, Zip, opened=opened, profile=CODALAB)
    return [(each.code, each.level) for each in faults]


@pytest.mark.parametrize(
    "suspicion, versions, level",
    [
        (NEW_GRAPH, {"tensorflow": "2.10.0"}, "reject"),
        (NEW_GRAPH, {"tensorflow": "2.9.3"}, None),
        (NEW_GRAPH, {"tensorflow": None}, "warning"),
        (NEW_HELPER, {"python": "3.10.0"}, "reject"),
        (NEW_HELPER, {"python": "3.9.18"}, None),
    ],
)
def test_what_is_too_new_and_was_loaded_rejects_unless_the_servers_own_version_took_it(
    suspicion, versions, level
):
    everything = {"a/saved_model.pb", "helper.py"}
    expected = [(suspicion.code, level)] if level else []
    assert reconciled([suspicion], opened=everything, **versions) == expected


@pytest.mark.parametrize("suspicion", [NEW_GRAPH, NEW_HELPER])
def test_what_was_not_loaded_stays_a_warning(suspicion):
    new = {"python": "3.11.0", "tensorflow": "2.21.0"}
    assert reconciled([suspicion], opened=None, **new) == [(suspicion.code, "warning")]
    assert reconciled([suspicion], opened={"a/saved_model.pb", "helper.py"} - {suspicion.file}, **new)[0] == (
        suspicion.code,
        "warning",
    )


def test_run_speaks_for_a_code_that_was_suspected_too():
    assert reconciled([fault("ENV03", "may.", level=WARNING)], fault("ENV03", "is.")) == [("ENV03", "reject")]


def test_files_count_as_unread_only_after_a_run_that_succeeded():
    assert reconciled([], opened=set()) == [("ZIP11", "warning")]
    assert reconciled([], fault("RUN01", "failed."), opened=set()) == [("RUN01", "reject")]
    assert reconciled([], opened=None) == []


def test_slow_import_takes_the_place_of_what_stands_at_the_top_level():
    slow = SUCCESS | {"import": 21.0}
    assert reconciled([], timing=slow) == [("CON07", "warning")]
    assert reconciled([fault("CON07", "print() runs.")], timing=slow) == [("CON07", "warning")]
    assert reconciled([], timing=SUCCESS | {"import": 20.0}) == []


def archive(**sizes):
    files = {name.replace("__", "."): types.SimpleNamespace(file_size=size) for name, size in sizes.items()}
    return types.SimpleNamespace(files=files)


def test_files_that_others_read_and_small_ones_are_not_missed():
    zip_file = archive(
        metadata=MEBIBYTE, manifest__json=MEBIBYTE, helper__py=MEBIBYTE, notes__txt=MEBIBYTE - 1
    )
    assert reconcile.unread(zip_file, {"model.py"}) == []


def test_unread_files_are_counted_together():
    (found,) = reconcile.unread(archive(a__h5=MEBIBYTE, b__h5=MEBIBYTE // 2, c__h5=9 * MEBIBYTE), {"c.h5"})
    assert found.message == "1.5 MB never read, in 2 files such as 'a.h5'."
    assert (found.code, found.level, found.file) == ("ZIP11", "warning", "a.h5")
