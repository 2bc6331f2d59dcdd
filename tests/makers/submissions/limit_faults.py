"""Zips that want more than a limit gives: time, memory, processes, disk; each bomb is a small one."""

from unittest.mock import ANY

from submissions.making import MODEL, RETURN, bad, good, predicting

MIB = 1 << 20


@bad(
    "RES02",
    file="model.py",
    line=10,
    says=r"Idle 2(\.\d+)? s in phase predict \(CPU 0\.\d s\): a deadlock, .* \(model\.py, line 10\)",
    remedy=r"Remove sleep\(\) and input\(\)",
    time_limit_seconds=2.0,
)
def sleeps(path):
    return predicting(path, "import time\ntime.sleep(60)")


@bad(
    "RES02",
    file="model.py",
    line=6,
    says=r"in phase init .*\(model\.py, line 6\)",
    remedy=r"threads that wait for one another",
    time_limit_seconds=2.0,
)
def waits_for_a_lock_of_its_own(path):
    lock = "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire(True, 60)"
    return good(path, model__py=MODEL.replace("self.path = path", lock))


@bad(
    "RES02",
    file="model.py",
    line=9,
    says=r"Waits for input\(\) in predict\(X\), but nobody is there to type \(model\.py, line 9\)",
    remedy=r"Remove sleep\(\) and input\(\)",
)
def asks_for_input(path):
    return predicting(path, "return [int(input('class? '))] * len(X)")


@bad(
    "RES03",
    says=r"Killed at 2 s of CPU time in phase predict",
    file="model.py",
    line=ANY,
    remedy="Predict in batches",
    cpu_limit_seconds=2.0,
)
def computes_in_two_processes(path):
    """Each for less than the limit, together for more."""
    body = "import os, time\nend = time.monotonic() + 60\nos.fork()\nwhile time.monotonic() < end:\n    pass"
    return predicting(path, body)


@bad(
    "RES04",
    file="model.py",
    line=12,
    says=r"Killed at 0\.\d GB of memory in phase predict \(limit 0\.2\) \(model\.py, line 12\)",
    remedy="in batches",
    memory_limit_bytes=200 * MIB,
)
def hoards_memory(path):
    body = """\
import time
kept = []
for _ in range(30):
    kept.append(np.ones(20 << 20, 'uint8')); time.sleep(0.1)
"""
    return predicting(path, body + RETURN)


@bad(
    "RES04",
    file="model.py",
    line=9,
    says=r"Out of memory in predict\(X\) .*Unable to allocate.* \(model\.py, line 9\)",
    remedy="in batches",
)
def wants_more_than_any_machine_has(path):
    return predicting(path, "whole = np.repeat(X, 10**12, axis=0)")


@bad(
    "RES05",
    says=r"Left (a process|processes) running \(sleep\); killed\.",
    remedy="wait for all of them",
)
def leaves_a_daemon(path):
    """It has left its parent, its session and its environment."""
    daemon = "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
    daemon += "        os.execve('/bin/sleep', ['sleep', '60'], {})\n    os._exit(0)\nos.wait()\n"
    return predicting(path, daemon + RETURN)


@bad(
    "RES05",
    says=r"Left processes running \(python.*\); killed\.",
    remedy="wait for all of them",
)
def burns_every_core_after_its_answers(path):
    """To slow down whoever comes next; they have left its session, and end by themselves after 20 s."""
    burn = """\
import os, time
for _ in range(min(os.cpu_count(), 16)) if not hasattr(self, 'burns') else ():
    if os.fork() == 0:
        os.setsid()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            pass
        os._exit(0)
self.burns = True
"""
    return predicting(path, burn + RETURN)


@bad(
    "RES05",
    says=r"Its process did not end within 20 s of the last answer; killed\.",
    cause="keeps the process from ending",
    remedy="Make threads daemons",
)
def leaves_a_thread_that_never_ends(path):
    wait = "import threading; threading.Thread(target=threading.Event().wait, args=(600,)).start()"
    return good(path, model__py=MODEL.replace("self.path = path", wait))


@bad(
    "RES05",
    file=ANY,
    line=ANY,
    says="Resource temporarily unavailable in predict.*: at most 40 processes|Started more than 40 processes",
    remedy="Start no processes",
    process_limit=40,
)
def fork_bomb(path):
    body = """\
import os, time
for _ in range(80):
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)"""
    return predicting(path, body)


@bad(
    "RES05",
    file="model.py",
    line=11,
    says=r"can't start new thread in predict\(X\): at most 40 processes and threads",
    remedy="Start no processes",
    process_limit=40,
)
def thread_bomb(path):
    body = """\
import threading
for _ in range(80):
    threading.Thread(target=threading.Event().wait, args=(60,), daemon=True).start()"""
    return predicting(path, body)


@bad(
    "RES06",
    file="model.py",
    line=12,
    says=r"No space left on device in predict\(X\): .* 0\.0 GB of temporary ones",
    remedy="delete temporary ones",
    tmp_limit_bytes=8 * MIB,
)
def fills_the_disk(path):
    """Each file is within the limit, all together are not."""
    body = """\
import os, tempfile
for number in range(20):
    with open(os.path.join(tempfile.gettempdir(), str(number)), 'wb', 0) as file:
        file.write(bytes(1 << 20))
"""
    return predicting(path, body + RETURN)


@bad(
    "RES06",
    file="model.py",
    line=9,
    says=r"Too many open files in predict\(X\): at most 64 open files",
    remedy="close files",
    open_files_limit=64,
)
def leaks_descriptors(path):
    return predicting(path, "kept = [open(__file__) for _ in range(200)]")


@bad(
    "LOG01",
    says=r"\d\.\d MB of output, first and last 64 KB kept",
    remedy="Remove the prints",
)
def floods_the_log(path):
    return predicting(
        path, "import os\nfor _ in range(48):\n    os.write(1, b'\\x1b[31m\\0' * (1 << 13))\n" + RETURN
    )


@bad("LOG01", says=r"\d\.\d MB of output", remedy="Remove the prints")
def prints_one_long_line_from_c(path):
    body = "import ctypes\nctypes.CDLL(None).write(2, b'x' * (3 << 20), 3 << 20)\n"
    return predicting(path, body + RETURN)
