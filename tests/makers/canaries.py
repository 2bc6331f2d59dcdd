"""Ways to the labels that a submission might try, each a probe that tells whether it is open.

Put into submissions by walls.py, so Python 3.8, standard library; nothing of ours. `words` is what only
the labels' folder and its files are called, `pid` the harness's process.
"""

import ctypes
import gc
import os
import socket
import sys
import time

SEARCH_SECONDS = 0.5  # for each probe that walks folders
READ_BYTES = 1 << 20
PTRACE_SEIZE, PTRACE_DETACH = 0x4206, 17  # of ptrace(2)


def read(path, size=READ_BYTES):
    try:
        with open(path, "rb") as file:
            return file.read(size)
    except OSError:
        return b""


def listed(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


def holds(data, words):
    return any(word.encode() in data for word in words)


def others():
    """The numbers of all processes but this one."""
    return [name for name in listed("/proc") if name.isdigit() and int(name) != os.getpid()]


def walk(folder, words):
    """The first path below `folder` that has one of the words in it."""
    end = time.monotonic() + SEARCH_SECONDS
    for place, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(place, name)
            if holds(os.fsencode(path), words):
                return path
        if time.monotonic() > end:
            break
        folders[:] = [name for name in folders if os.path.join(place, name) not in ("/proc", "/sys")]
    return None


def files_by_path(words, pid):
    """the data's own files, by their path"""
    return any(word.startswith("/") and (read(word) or listed(word)) for word in words)


def files_by_search(words, pid):
    """names of the data's files, by a search of the file system"""
    return any(walk(folder, words) for folder in ("/home", "/root", "/mnt", "/data", "/srv", "/tmp", "/"))


def files_nearby(words, pid):
    """names, or times, of files beside its own folder"""
    return any(walk(os.path.join(folder, ".."), words) for folder in (os.getcwd(), sys.path[0] or "."))


def environment(words, pid):
    """its environment"""
    return holds(repr(dict(os.environ)).encode(), words)


def environment_of_others(words, pid):
    """the environment of other processes"""
    return any(holds(read(f"/proc/{other}/environ"), words) for other in others())


def arguments(words, pid):
    """its command line"""
    return holds(read("/proc/self/cmdline"), words)


def arguments_of_others(words, pid):
    """the command line of other processes"""
    return any(holds(read(f"/proc/{other}/cmdline"), words) for other in others())


def descriptors(words, pid):
    """descriptors that it has inherited"""
    return links_hold("/proc/self/fd", words)


def descriptors_of_others(words, pid):
    """the open files of other processes"""
    return any(links_hold(f"/proc/{other}/fd", words) for other in others())


def links_hold(folder, words):
    for name in listed(folder):
        try:
            if holds(os.fsencode(os.readlink(os.path.join(folder, name))), words):
                return True
        except OSError:
            continue
    return False


def memory_of_the_harness(words, pid):
    """the memory of the harness"""
    for line in read(f"/proc/{pid}/maps").splitlines():
        begin = line.split()[0].partition(b"-")[0]
        try:
            with open(f"/proc/{pid}/mem", "rb", 0) as memory:
                memory.seek(int(begin, 16))
                if memory.read(1):  # who can read any of it can read the labels
                    return True
        except (OSError, ValueError, OverflowError):
            continue
    return False


def tracing_the_harness(words, pid):
    """the harness itself, as a debugger"""
    libc = ctypes.CDLL(None)
    if libc.ptrace(PTRACE_SEIZE, pid, None, None) != 0:
        return False
    libc.ptrace(PTRACE_DETACH, pid, None, None)
    return True


def folders_of_the_harness(words, pid):
    """the working and root folders of the harness"""
    folders = [f"/proc/{pid}/{name}" for name in ("cwd", "root")]
    return any(listed(folder) for folder in folders)


def signals_to_the_harness(words, pid):
    """the harness's process, to stop it"""
    try:
        os.kill(pid, 0)
        return holds(read(f"/proc/{pid}/cmdline"), words + ["python"])  # not another of that number
    except OSError:
        return False


def shared_memory(words, pid):
    """shared memory of other processes"""
    segments = read("/proc/sysvipc/shm").splitlines()[1:]
    return bool(segments) or any(holds(read("/dev/shm/" + name), words) for name in listed("/dev/shm"))


def sockets_of_others(words, pid):
    """sockets of other processes"""
    lines = read("/proc/net/unix").splitlines()[1:]
    return any(len(line.split()) > 7 for line in lines)  # those with a name


def network(words, pid):
    """the network"""
    interfaces = [name for _, name in socket.if_nameindex()]
    return any(name != "lo" for name in interfaces)


def objects_in_its_process(words, pid):
    """what Python holds in its own process"""
    for found in gc.get_objects():
        if isinstance(found, (list, tuple, set, dict)):
            strings = {value for value in found if isinstance(value, str)}
            if strings & set(words) and strings != set(words):  # no copy of what it was told itself
                return True
    return False


PROBES = (
    files_by_path,
    files_by_search,
    files_nearby,
    environment,
    environment_of_others,
    arguments,
    arguments_of_others,
    descriptors,
    descriptors_of_others,
    memory_of_the_harness,
    tracing_the_harness,
    folders_of_the_harness,
    signals_to_the_harness,
    shared_memory,
    sockets_of_others,
    network,
)


def open_ways(words, pid, probes=PROBES):
    """The docstrings of the probes that found something."""
    found = []
    for probe in probes:
        try:
            if probe(list(words), pid):
                found.append(probe.__doc__)
        except Exception as error:
            print(f"{probe.__name__}: {error}", file=sys.stderr)
    return found
