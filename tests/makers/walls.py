"""What the tests of the walls around a child share: which work here, and submissions that try them."""

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import canaries
from judging import CODALAB, judge
from submissions import making
from submissions.making import RETURN, good

from plants.sandbox.isolation import BUBBLEWRAP

SECRET = "CanaryLabel"  # in the names of the classes, of the data's folder and of its files


def works(layer):
    if layer == BUBBLEWRAP:
        return shutil.which("bwrap") is not None
    command = [sys.executable, "-c", "import ctypes; raise SystemExit(ctypes.CDLL(None).unshare(0x10000000))"]
    return subprocess.run(command).returncode == 0


def scored(path, dataset, **profile):
    return judge(path, dataclasses.replace(CODALAB, **profile), dataset=dataset)


def with_canaries(path, dataset):
    """A submission that tries every way to the labels during predict, and prints those that are open."""
    words = [SECRET, str(dataset.place)]
    body = f"""\
import canaries, json, sys
if len(X) == 30:
    probes = (*canaries.PROBES, canaries.objects_in_its_process)
    words = [bytes(reversed(word)).decode() for word in {[word[::-1].encode() for word in words]!r}]
    print("tried", len(probes), "open", json.dumps(canaries.open_ways(words, {os.getpid()}, probes)))
"""
    return predicting_with(path, body + RETURN, canaries__py=Path(canaries.__file__).read_text())


def predicting_with(path, body, **files):
    indented = body.replace("\n", "\n        ")
    return good(path, model__py=making.MODEL.replace(RETURN, indented), **files)


WRITE_EVERYWHERE = """\
import os
home, library = os.path.expanduser("~"), os.path.dirname(np.__file__)
places = [self.path, home, library, "/", "/usr", "/etc", "/dev", "/app"]
written = []
for place in places:
    try:
        open(os.path.join(place, "canary"), "w").close()
        written.append(place)
    except OSError:
        pass
print("written", written, "user", os.getuid(), os.getgid(), os.getgroups())
"""
