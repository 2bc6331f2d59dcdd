import dataclasses
import re

import pytest
from judging import CODALAB, IMPATIENT, judge, told
from submissions import CASES, making

from plants.harness.faults import CATALOGUE


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bad_submission_gets_its_code_with_place_and_remedy_and_no_other_rejection(case, tmp_path):
    path = case.build(tmp_path / "submission.zip")
    result = judge(path, dataclasses.replace(CODALAB, **case.limits))
    found = [fault for fault in result.faults if fault.code == case.code]
    assert len(found) == 1, told(result)
    assert (found[0].file, found[0].line) == (case.file, case.line)
    assert re.search(case.says, found[0].message), found[0].message
    assert re.search(case.remedy, found[0].remedy), found[0].remedy
    assert found[0].cause.endswith(".")
    assert [fault.code for fault in result.faults if fault.rejects and fault is not found[0]] == []
    assert result.verdict == ("rejected" if found[0].rejects else "accepted"), told(result)


def test_good_submission_scores_the_same_after_each_kind_of_bad_one(tmp_path):
    good = making.good(tmp_path / "good.zip")
    first = judge(good)
    for builder in ("os_exit", "never_ends", "segmentation_fault", "returns_nan", "climbs_out"):
        case = next(case for case in CASES if case.build.__name__ == builder)
        assert judge(case.build(tmp_path / f"{builder}.zip"), IMPATIENT).verdict == "rejected"
        assert judge(good).scores == first.scores
    # 27 of 30 first pixels are the label, by making.images_and_labels.
    assert first.scores["accuracy"] == 0.9


def test_every_fault_of_the_catalogue_has_a_bad_submission():
    # These two are not a matter of the zip alone: test_harness_verdict and test_harness_runner.
    assert {case.code for case in CASES} | {"SEM04", "HAR02"} == set(CATALOGUE)
