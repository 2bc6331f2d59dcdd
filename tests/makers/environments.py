"""Virtual environments made by hand, in no time, that see the libraries of the one that runs the tests."""

import os
import sys
import sysconfig
from pathlib import Path

BASE = Path(os.path.realpath(sys.executable))


def make_environment(folder, *, python=BASE, home=BASE.parent):
    """A virtual environment in `folder`, whose bin/python is a link with the text `python`."""
    library = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    library.mkdir(parents=True)
    (library / "others.pth").write_text(sysconfig.get_path("purelib"))
    (folder / "pyvenv.cfg").write_text(f"home = {home}\n")
    (folder / "bin").mkdir()
    (folder / "bin" / "python").symlink_to(python)
    return folder
