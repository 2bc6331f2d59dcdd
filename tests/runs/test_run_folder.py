"""What a run folder says of itself."""

from pathlib import Path

from plants.runs.run_folder import Run


def test_names_of_classes_are_composed_however_an_earlier_version_wrote_them():
    run = Run(Path("runs/x"), {"class_names": ["Varieta\u0300", "fern"]})
    assert run.class_names == ("Variet\u00e0", "fern")
