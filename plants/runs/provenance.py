"""Which code and which packages are at work here."""

import contextlib
import platform
import subprocess
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("keras", "tensorflow", "tensorflow-cpu", "numpy", "pillow", "scikit-learn")


def versions() -> dict[str, str]:
    """Of Python and of the installed packages that decide the weights."""
    installed = {"python": platform.python_version()}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            installed[name] = metadata.version(name)
    return installed


def commit(root: Path = ROOT) -> str | None:
    """The last commit of the code in `root`, "-dirty" after it if that was changed since; None outside git.

    What is written into docs/ and results/, or committed there, does not change the code.
    """
    git, code = ["git", "-C", str(root)], ["--", ".", ":(exclude)docs", ":(exclude)results"]
    last = [*git, "log", "-1", "--format=%h", "--abbrev=12", *code]
    try:
        name = subprocess.run(last, capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run([*git, "diff", "--quiet", "HEAD", *code], capture_output=True).returncode
    except (OSError, subprocess.CalledProcessError):
        return None
    return name + ("-dirty" if changed else "")
