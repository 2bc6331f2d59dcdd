"""A command as on another system: python tests/makers/elsewhere.py GUISE COMMAND, then its arguments.

GUISE is a function of guises.py, COMMAND the name of a script without its .py.
"""

import importlib
import sys
import sysconfig
import tempfile
from pathlib import Path

import guises

sys.path.insert(0, str(Path(__file__).parents[2]))
FUTURE = "from __future__ import annotations\n"
STARTED = ("supervisor.py", "child.py")  # in processes of their own


def programs(folder, guise):
    """Copies of plants/sandbox/inside in `folder`, which put the guise on before they begin."""
    from plants.sandbox import inside

    put_on = Path(guises.__file__).read_text() + f"\n\n{guise}()\n"
    for name in inside.PROGRAMS:
        text = (inside.FOLDER / name).read_text()
        assert FUTURE in text
        changed = text.replace(FUTURE, FUTURE + put_on, 1) if name in STARTED else text
        (folder / name).write_text(changed)
    return folder


def main(guise, command, *arguments):
    script = importlib.import_module(command)
    from plants import commandline
    from plants.sandbox import inside

    with tempfile.TemporaryDirectory() as folder:
        inside.FOLDER = programs(Path(folder), guise)
        if guise in ("macos", "bare"):  # not earlier: libraries take the files of their system
            sysconfig.get_config_vars()
            sys.platform = "darwin"
        return commandline.run(script.main, arguments)


if __name__ in ("__main__", "__mp_main__"):  # in the processes that a command starts, too
    getattr(guises, sys.argv[1])()
if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
