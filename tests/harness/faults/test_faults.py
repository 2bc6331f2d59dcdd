"""What a fault is and says, and docs/faults.md, which is written from the catalogue and the bad zips:

UPDATE_DOCS=1 python -m pytest tests/harness/faults/test_faults.py
"""

import ast
import os
import re
from pathlib import Path

from submissions import CASES

from plants.harness.faults import CATALOGUE, REJECT, counted, fault, in_order, one_line
from plants.harness.faults.__main__ import markdown

REPO = Path(__file__).parents[3]
HARNESS = REPO / "plants" / "harness"


def suite_markdown():
    """The second half of docs/faults.md: what the suite tries for each fault."""
    rows = []
    for code, kind in CATALOGUE.items():
        tried = [case.build.__name__.replace("_", " ") for case in CASES if case.code == code]
        rows.append(f"| {code} | {kind.title} | {', '.join(tried)} |")
    return "\n".join(
        [
            "",
            "## What the suite tries",
            "",
            f"`tests/harness/faults/test_fault_suite.py` makes each of these {len(CASES)} zips, judges it,",
            "and fails unless it is told by its code, with file, line, cause and remedy, no other rejecting",
            "fault, no traceback, no process and no file left behind; after each, the good zip must get the",
            "same answers.",
            "",
            "| code | what | bad zips |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def test_docs_show_the_catalogue_and_the_bad_zips_as_they_are():
    docs, text = REPO / "docs" / "faults.md", markdown() + suite_markdown()
    if os.environ.get("UPDATE_DOCS"):
        docs.write_text(text, encoding="utf-8")
    command = "UPDATE_DOCS=1 python -m pytest tests/harness/faults/test_faults.py"
    assert docs.read_text(encoding="utf-8") == text, command


def test_a_fault_is_one_line_that_begins_with_its_code_and_ends_with_the_remedy():
    line = str(fault("OUT02", "Shape (708, 8): 8 numbers per image instead of one."))
    assert line == (
        "OUT02 Shape (708, 8): 8 numbers per image instead of one. These are scores per class; the contest "
        "wants the index of the best class. Return tf.argmax(out, axis=-1)."
    )


def test_a_warning_is_marked_behind_its_code():
    assert str(fault("ZIP03", "2 junk files.")).startswith("ZIP03 W: 2 junk files. ")


def test_quoted_text_cannot_break_the_line_or_colour_the_terminal():
    assert one_line("a\nb\x1b[31m\tc\u202e\udcff") == "a b?[31m c??"


def test_quoted_text_is_cut():
    assert one_line("x" * 700) == "x" * 597 + "..."


def test_causes_come_before_symptoms():
    codes = ["SEM03", "OUT01", "RES03", "RUN01", "ENV01", "CON05", "ZIP02", "HAR02"]
    ordered = [found.code for found in in_order([fault(code, "x") for code in codes])]
    assert ordered == ["HAR02", "ZIP02", "CON05", "ENV01", "RUN01", "RES03", "OUT01", "SEM03"]


def test_a_changed_remedy_leaves_the_catalogues_cause():
    found = fault("OUT04", "Values 1..8.", remedy="Subtract 1.")
    assert (found.cause, found.remedy) == ("Answers outside the classes cannot be scored.", "Subtract 1.")


def test_docs_name_every_reject_that_may_be_a_warning_and_the_order_of_causes():
    text = markdown()
    milder = {code for code, kind in CATALOGUE.items() if kind.milder}
    assert "ENV01" in milder
    assert milder == {line[2:7] for line in text.splitlines() if line.startswith("- ")}
    assert all(CATALOGUE[code].level == REJECT for code in milder)
    assert "HAR, ZIP, CON, ENV, RUN, RES, OUT, SEC, DET, SEM, LOG, CMP." in text


def codes_with_a_level(source):
    """The code in each fault(code, ..., level=...) of a text, "" where it does not stand there."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [
        getattr(call.args[0], "value", "")
        for call in calls
        if ast.unparse(call.func).split(".")[-1] == "fault"
        and any(word.arg == "level" for word in call.keywords)
    ]


def test_codes_that_are_given_a_level_are_read_from_the_text():
    source = 'fault("CON01", level=WARNING); fault(code, level=REJECT); fault("CON02")'
    assert codes_with_a_level(source) == ["CON01", ""]
    assert codes_with_a_level('catalogue.fault("CON03", level=level)') == ["CON03"]


def test_only_such_rejects_are_made_warnings_and_each_of_them_is():
    given = {path: codes_with_a_level(path.read_text()) for path in HARNESS.rglob("*.py")}
    habits = HARNESS / "checks" / "habits.py"
    assert [path for path, codes in given.items() if "" in codes] == [habits]
    warned_of = set(re.findall(r'"([A-Z]{3}\d\d)"', habits.read_text()))
    rejects = {code for code in warned_of if CATALOGUE[code].level == REJECT}
    milder = {code for code, kind in CATALOGUE.items() if kind.milder}
    assert {code for codes in given.values() for code in codes if code} | rejects == milder


def test_of_several_faults_the_first_is_kept_and_the_others_counted():
    first, second = fault("ZIP03", "a.", file="a"), fault("ZIP03", "b.")
    assert counted([first]) == first
    told = counted([first, second, second])
    assert (told.message, told.file) == ("a. (And 2 more like it.)", "a")
