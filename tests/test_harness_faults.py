from pathlib import Path

from plants.harness.faults import fault, in_order, markdown, one_line


def test_docs_show_the_catalogue_as_it_is():
    docs = Path(__file__).parents[1] / "docs" / "faults.md"
    # What follows is what the suite tries.
    assert docs.read_text().startswith(markdown()), "UPDATE_DOCS=1 python -m pytest tests/test_fault_suite.py"


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
