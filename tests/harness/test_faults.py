import ast
from pathlib import Path

from plants.harness.faults import CATALOGUE, REJECT, counted, definition, fault, in_order, one_line
from plants.harness.faults.__main__ import markdown


def test_docs_show_the_catalogue_as_it_is():
    docs = Path(__file__).parents[2] / "docs" / "faults.md"
    # What follows is what the suite tries.
    command = "UPDATE_DOCS=1 python -m pytest tests/harness/test_fault_suite.py"
    assert docs.read_text().startswith(markdown()), command


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
    assert milder == {line[2:7] for line in text.splitlines() if line.startswith("- ")}
    assert all(CATALOGUE[code].level == REJECT for code in milder)
    assert "HAR, ZIP, CON, ENV, RUN, RES, OUT, SEC, DET, SEM, LOG, CMP." in text


def test_only_such_rejects_are_made_warnings_by_the_checks():
    """By their text: fault(code, ..., level=WARNING) stands in the checks for no other code."""
    for path in Path(definition.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and any(word.arg == "level" for word in node.keywords):
                code = getattr(node.args[0], "value", None) if node.args else None
                assert not isinstance(code, str) or CATALOGUE[code].milder, (path.name, code)


def test_of_several_faults_the_first_is_kept_and_the_others_counted():
    first, second = fault("ZIP03", "a.", file="a"), fault("ZIP03", "b.")
    assert counted([first]) == first
    told = counted([first, second, second])
    assert (told.message, told.file) == ("a. (And 2 more like it.)", "a")
