"""Notes what a submission tries that it should not: the network, other files, patches of libraries.

Loaded by child.py into the submission's own process, so what it notes are hints: a submission that
wants to can hide from it, though not get through the walls around the process. Python 3.8, standard
library; nothing of ours.
"""

import errno
import os
import re
import socket
import sys

MOST_NOTES = 50
SHOWN = 300  # characters of what was tried
DOWNLOADERS = ("pip", "pip3", "wget", "curl", "gdown", "conda", "kaggle", "apt", "apt-get")
LOOPBACK = ("localhost", "127.", "::1", "0.0.0.0")  # noqa: S104
TRUTH = re.compile(r"(^|[^a-z])(labels?|ground_?truths?|solutions?|truths?|y_test|reference)([^a-z]|$)", re.I)
OTHERS_SECRETS = re.compile(r"/proc/(\d+)(/task/\d+)?/(environ|cmdline|mem|maps|fd|root|cwd)\b")
SYSTEM = ("/usr", "/lib", "/lib64", "/etc", "/dev", "/sys", "/opt", "/nix")
PATCHABLE = ("numpy", "json", "io", "os", "time", "socket", "random", "struct", "zlib", "tensorflow")


class Watcher:
    """An audit hook (see sys.addaudithook) and what it has noted since it was last asked.

    `cut_network` makes attempts fail at once, where no wall does so.
    """

    def __init__(self, cut_network):
        self.phase, self.folder, self.cut_network = "start", None, cut_network
        self.own = [os.getcwd(), *map(os.path.realpath, (sys.prefix, sys.base_prefix)), *SYSTEM]
        self.own += [os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ]
        self.originals = {}
        self._notes, self._is_server, self._is_busy = [], False, False
        self._handlers = {
            "socket.connect": lambda args: self._on_address(*args[:2]),
            "socket.sendto": lambda args: self._on_address(*args[:2]),
            "socket.sendmsg": lambda args: self._on_address(*args[:2]),
            "socket.bind": lambda args: self._on_bind(*args[:2]),
            "socket.getaddrinfo": lambda args: self._on_host(*args[:2]),
            "socket.gethostbyname": lambda args: self._on_host(args[0]),
            "subprocess.Popen": lambda args: self._on_command(args[1]),
            "os.system": lambda args: self._on_command(args[0]),
            "open": lambda args: self._on_path(args[0]),
            "os.listdir": lambda args: self._on_path(args[0]),
            "os.scandir": lambda args: self._on_path(args[0]),
        }
        sys.addaudithook(self._hook)

    def take_notes(self):
        """The notes since the last time: dicts of kind (network, truth, patch), what, phase, file, line."""
        notes, self._notes = self._notes, []
        return notes + self._patches()

    def remember_libraries(self):
        """Takes the functions of common modules as they are now for the original ones."""
        modules = {name: sys.modules[name] for name in PATCHABLE if name in sys.modules}
        self.originals = {
            (module, key): value
            for module in modules.values()
            for key, value in list(vars(module).items())
            if callable(value)
        }

    def _patches(self):
        names = []
        for (module, key), value in self.originals.items():
            if vars(module).get(key) is not value:
                names.append(f"{module.__name__}.{key}")
                self.originals[module, key] = vars(module).get(key)  # said once
        return [self._note("patch", ", ".join(names[:5]), (None, None))] if names else []

    def _hook(self, event, args):
        handler = self._handlers.get(event)
        if handler is None or self.phase == "start" or self._is_busy:
            return
        self._is_busy = True  # what a handler does is no attempt of the submission
        try:
            handler(args)
        finally:
            self._is_busy = False

    def _on_bind(self, its_socket, address):
        self._is_server = self._is_server or its_socket.family != socket.AF_UNIX

    def _on_address(self, its_socket, address):
        if isinstance(address, tuple) and its_socket.family in (socket.AF_INET, socket.AF_INET6):
            self._on_network("{}:{}".format(*address[:2]), address[0])

    def _on_host(self, host, port=None):
        host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if host and host != socket.gethostname():
            self._on_network(f"{host}:{port}" if port else host, host)

    def _on_network(self, what, host):
        if self._is_server and str(host).startswith(LOOPBACK):  # talks to itself
            return
        self._add("network", what)
        if self.cut_network:
            raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

    def _on_command(self, command):
        words = command if isinstance(command, (list, tuple)) else str(command).split()
        words = [os.fsdecode(word) if isinstance(word, (str, bytes)) else str(word) for word in words]
        if any(os.path.basename(word) in DOWNLOADERS for word in words[:4]) or words[:2] == ["git", "clone"]:
            self._add("network", " ".join(words))

    def _on_path(self, path):
        if not isinstance(path, (str, bytes)):
            return
        path = os.path.normpath(os.path.join(os.getcwd(), os.fsdecode(path)))
        other = OTHERS_SECRETS.match(path)
        if other and int(other.group(1)) != os.getpid():
            self._add("truth", path)
        elif TRUTH.search(os.path.basename(path)) and not self._is_own(path):
            self._add("truth", path)

    def _is_own(self, path):
        own = self.own + [self.folder] if self.folder else self.own
        return any(path == place or path.startswith(place + os.sep) for place in own)

    def _add(self, kind, what):
        if len(self._notes) < MOST_NOTES:
            self._notes.append(self._note(kind, what, self._place()))

    def _note(self, kind, what, place):
        return {"kind": kind, "what": what[:SHOWN], "phase": self.phase, "file": place[0], "line": place[1]}

    def _place(self):
        """(file, line) of the submission's innermost running function, or (None, None)."""
        frame = sys._getframe()
        while frame is not None and self.folder:
            file = frame.f_code.co_filename
            if file.startswith(self.folder + os.sep):
                return file[len(self.folder) + 1 :], frame.f_lineno
            frame = frame.f_back
        return None, None
