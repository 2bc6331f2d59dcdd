"""Notes what a submission tries that it should not: the network, other files, patches of libraries.

Loaded by child.py into the submission's own process, so what it notes are hints: a submission that
wants to can hide from it, though not get through the walls around the process. Python 3.8, standard
library; nothing of ours.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import sys
from types import FrameType
from typing import Any, Callable, Iterator

MOST_NOTES = 50
SHOWN = 300  # characters of what was tried
DOWNLOADERS = ("pip", "pip3", "wget", "curl", "gdown", "conda", "kaggle", "apt", "apt-get")
LOOPBACK = re.compile(
    r"(.*\.)?localhost(\.localdomain)?|ip6-(localhost|loopback)|(::ffff:)?(127(\.\d+){1,3}|0\.0\.0\.0)|::1?",
    re.I,
)
# What Python and its HTTP libraries raise where there is no network; plain OSErrors by their number.
NETWORK_ERRORS = re.compile(
    r"(urllib\.error|socket|ssl|requests|urllib3|httpx|httpcore|aiohttp|http\.client|huggingface_hub|botocore)\b.*"
    r"|builtins\.(Connection\w*|BrokenPipe|Timeout)Error"
)
NO_NETWORK = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.ETIMEDOUT)
# Modules that send what they are told to: a name that these look up was to be reached.
CLIENTS = re.compile(r"(http\.client|ftplib|smtplib|urllib3|httpcore|aiohttp|websockets?|paramiko)(\..*)?")
CHAIN = 20  # exceptions that led to one another, at most looked at
TRUTH = re.compile(
    r"(^|[^a-z])(labels?|answers?|ground_?truths?|solutions?|truths?|y_test|reference)([^a-z]|$)", re.I
)
PERSONAL = re.compile(r"/(home|Users|content|kaggle|gdrive|mnt|media)/")  # its maker's own, left in the code
OTHERS_SECRETS = re.compile(r"/proc/(\d+)(/task/\d+)?/(environ|cmdline|mem|maps|fd|root|cwd)\b")
SYSTEM = ("/usr", "/lib", "/lib64", "/etc", "/dev", "/sys", "/opt", "/nix")
# np.int = int, np.bool = bool: what older code needs of newer numpys.
PLAIN_TYPES = (bool, int, float, complex, str, object)
PATCHABLE = ("numpy", "json", "io", "os", "time", "socket", "random", "struct", "zlib", "tensorflow")


class AuditHook:
    """Sees what Python does (sys.addaudithook), and keeps notes of it until they are taken.

    `cut_network` makes attempts fail at once, where no wall does so.
    """

    def __init__(self, cut_network: bool) -> None:
        self.phase, self.cut_network = "start", cut_network
        self.folder: str | None = None  # the submission's
        self.own = [os.getcwd(), *map(os.path.realpath, (sys.prefix, sys.base_prefix)), *SYSTEM]
        self.own += [os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ]
        self.originals: dict[tuple[Any, str], Any] = {}  # {(module, name): function}
        self._notes: list[dict[str, Any]] = []
        self._is_server = self._is_busy = False
        self._handlers: dict[str, Callable[[tuple[Any, ...]], None]] = {
            "socket.connect": lambda args: self._on_address(args[0], args[1]),
            "socket.sendto": lambda args: self._on_address(args[0], args[1]),
            "socket.sendmsg": lambda args: self._on_address(args[0], args[1]),
            "socket.bind": lambda args: self._on_bind(args[0]),
            "socket.getaddrinfo": lambda args: self._on_host(args[0], args[1]),
            "socket.gethostbyname": lambda args: self._on_host(args[0]),
            "subprocess.Popen": lambda args: self._on_command(args[1]),
            "os.system": lambda args: self._on_command(args[0]),
            "open": lambda args: self._on_path(args[0]),
            "os.listdir": lambda args: self._on_path(args[0]),
            "os.scandir": lambda args: self._on_path(args[0]),
        }
        sys.addaudithook(self._hook)

    def take_notes(self) -> list[dict[str, Any]]:
        """The notes since the last time, each with kind, what, phase, file and line.

        Kinds are network (an address was to be reached), lookup (only a name was asked for), download (a
        program that does so), truth (a file that was opened or a folder that was looked through) and patch.
        """
        notes, self._notes = self._notes, []
        return notes + self._patches()

    @staticmethod
    def is_of_network(error: BaseException) -> bool:
        """Whether an exception, or one that led to it, is what having no network raises."""
        waiting: list[BaseException | None] = [error]
        seen: list[BaseException] = []
        while waiting and len(seen) < CHAIN:
            cause = waiting.pop()
            if cause is None or any(cause is other for other in seen):
                continue
            seen.append(cause)
            kinds = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(cause).__mro__]
            if any(NETWORK_ERRORS.fullmatch(kind) for kind in kinds):
                return True
            if isinstance(cause, OSError) and cause.errno in NO_NETWORK:
                return True
            waiting += [cause.__cause__, cause.__context__]
        return False

    def remember_libraries(self) -> None:
        """Takes the functions of common modules as they are now for the original ones."""
        modules = {name: sys.modules[name] for name in PATCHABLE if name in sys.modules}
        self.originals = {
            (module, key): value
            for module in modules.values()
            for key, value in list(vars(module).items())
            if callable(value)
        }

    def _patches(self) -> list[dict[str, Any]]:
        names = []
        for (module, key), value in self.originals.items():
            now = vars(module).get(key)
            is_plain = isinstance(value, type) and any(now is plain for plain in PLAIN_TYPES)
            if now is not value and not is_plain:
                names.append(f"{module.__name__}.{key}")
                self.originals[module, key] = now  # said once
        return [self._note("patch", ", ".join(names[:5]), (None, None))] if names else []

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        handler = self._handlers.get(event)
        if handler is None or self.phase == "start" or self._is_busy:
            return
        self._is_busy = True  # what a handler does is no attempt of the submission
        try:
            handler(args)
        finally:
            self._is_busy = False

    def _on_bind(self, its_socket: Any) -> None:
        self._is_server = self._is_server or its_socket.family != socket.AF_UNIX

    def _on_address(self, its_socket: Any, address: Any) -> None:
        if isinstance(address, tuple) and its_socket.family in (socket.AF_INET, socket.AF_INET6):
            if not is_loopback(address[0]):
                self._add("network", "{}:{}".format(*address[:2]))
                self._cut()
            elif not self._is_server:  # else it talks to itself
                self._cut()

    def _on_host(self, host: Any, port: Any = None) -> None:
        host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        # A number needs no look-up: what is done with it shows when it is connected to.
        if host and not is_loopback(host) and not is_number(host) and host != socket.gethostname():
            kind = "network" if any(CLIENTS.fullmatch(name) for name in modules_running()) else "lookup"
            self._add(kind, f"{host}:{port}" if port else host)
            self._cut()

    def _cut(self) -> None:
        if self.cut_network:
            raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

    def _on_command(self, command: Any) -> None:
        command = os.fsdecode(command) if isinstance(command, bytes) else command  # as os.system gives it
        words = command if isinstance(command, (list, tuple)) else str(command).split()
        words = [os.fsdecode(word) if isinstance(word, (str, bytes)) else str(word) for word in words]
        if any(os.path.basename(word) in DOWNLOADERS for word in words[:4]) or words[:2] == ["git", "clone"]:
            self._add("download", " ".join(words))

    def _on_path(self, path: Any) -> None:
        if not isinstance(path, (str, bytes)):
            return
        path = absolute(path)
        other = OTHERS_SECRETS.match(path)
        if other:
            if not is_own_process(int(other.group(1))):
                self._add("truth", path)
        elif TRUTH.search(os.path.basename(path)) and not self._is_own(path) and not PERSONAL.match(path):
            self._add("truth", path)

    def _is_own(self, path: str) -> bool:
        return lies_in(path, self.own + [self.folder] if self.folder else self.own)

    def _add(self, kind: str, what: str) -> None:
        if len(self._notes) < MOST_NOTES:
            self._notes.append(self._note(kind, what, self._place()))

    def _note(self, kind: str, what: str, place: tuple[str | None, int | None]) -> dict[str, Any]:
        return {"kind": kind, "what": what[:SHOWN], "phase": self.phase, "file": place[0], "line": place[1]}

    def _place(self) -> tuple[str | None, int | None]:
        """(file, line) of the submission's innermost running function, or (None, None)."""
        frame: FrameType | None = sys._getframe()
        while frame is not None and self.folder:
            file = frame.f_code.co_filename
            if file.startswith(self.folder + os.sep):
                return file[len(self.folder) + 1 :], frame.f_lineno
            frame = frame.f_back
        return None, None


def absolute(path: str | bytes) -> str:
    return os.path.normpath(os.path.join(os.getcwd(), os.fsdecode(path)))


def lies_in(path: str, places: list[str]) -> bool:
    return any(path == place or path.startswith(place.rstrip(os.sep) + os.sep) for place in places)


def modules_running() -> Iterator[str]:
    """The names of the modules whose functions led here, the innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield str(frame.f_globals.get("__name__"))
        frame = frame.f_back


def is_loopback(host: object) -> bool:
    return LOOPBACK.fullmatch(str(host)) is not None


def is_number(host: object) -> bool:
    """Whether a host is given as an IP address."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, str(host))
            return True
        except (OSError, ValueError):
            continue
    return False


def is_own_process(pid: int) -> bool:
    """Whether `pid` is this process, one that comes of it, or none any more."""
    while pid > 1:
        if pid == os.getpid():
            return True
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                pid = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):  # it ended, and has no secrets left
            return True
    return False
