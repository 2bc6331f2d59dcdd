"""Programs that run under the submission's interpreter: Python 3.8, standard library, nothing of ours."""

from pathlib import Path

FOLDER = Path(__file__).parent
PROGRAMS = sorted(path.name for path in FOLDER.glob("*.py") if path != Path(__file__))
