"""What the terminal gets: a line for each fault, and below it what to do."""

from judging import CODALAB, check
from submissions import making

from plants.harness.faults import fault
from plants.harness.report import table


def test_each_fault_is_a_line_with_its_cause_and_remedy_below(tmp_path, capsys):
    table.say(check(making.good(tmp_path / "a.zip", metadata=None)), CODALAB)
    first, second = capsys.readouterr().err.splitlines()
    assert first == "CON01 No 'metadata' in the root."
    assert second == (
        "    CodaLab would take the zip for a results upload and never run model.py. "
        "Add an empty file named exactly 'metadata' to the root of the zip."
    )


def test_a_warning_is_marked_and_a_long_message_cut():
    warning = fault("DET03", "x" * 400, cause="Why.", remedy="What to do.")
    assert table.fault_lines(warning) == ["DET03 W: " + "x" * 288 + "...", "    Why. What to do."]
