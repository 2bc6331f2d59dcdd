"""Runs a submission inside the server's interpreter: asked by the harness, step by step.

Started as `python -I child.py CHANNEL` with the number of an inherited socket. Each request and each
reply is one line of JSON, then as many bytes of .npy as its "payload" says: the images on the way in,
the answers on the way out. Requests are start, import, init (again for a new instance) and predict
(any number of times). Knows images only, never labels or names. Python 3.8, standard library and
numpy; nothing of ours.
"""

from __future__ import annotations

import errno
import faulthandler
import gc
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import os
import socket
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any, Dict, Tuple

LIBRARIES = ("keras", "tensorflow")
Reply = Tuple[Dict[str, Any], bytes]  # what becomes JSON, and the payload


def load_beside(name: str) -> ModuleType:
    """A module from the folder of this program, which is on no path: the submission cannot import it."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    module = ModuleType(name)
    SourceFileLoader(name, path).exec_module(module)
    return module


system, wire_format = load_beside("system"), load_beside("wire_format")
write_json = json.dumps  # as it is before the submission comes


def main(channel_number: int) -> None:
    channel = socket.socket(fileno=channel_number)
    channel.set_inheritable(False)  # programs that the submission starts must not hold it open
    log = os.dup(2)  # the submission may close or replace sys.stderr
    guard_process(log)
    server = Server()
    process = os.getpid()
    requests = channel.makefile("rb")
    for line in requests:
        request = json.loads(line.decode())
        request["images"] = requests.read(request["payload"])
        reply, payload = answer(server, request)
        reply["noted"] = server.audit.take_notes()
        reply["versions"] = server.versions()
        if os.getpid() != process:  # the submission forked: only the first one answers
            os._exit(0)
        reply.update(payload=len(payload), nonce=request["nonce"])
        channel.sendall(write_json(reply).encode() + b"\n" + payload)


def guard_process(log: int) -> None:
    """A traceback on a crash, and on the SIGABRT that ends it at a limit; an end when the supervisor ends."""
    faulthandler.enable(file=log)
    system.die_with_parent()


def answer(server: Server, request: dict[str, Any]) -> Reply:
    """The answer to one request; whatever the submission raises becomes a reply."""
    try:
        if server.audit:
            server.audit.phase = request["do"]
        reply: Reply = getattr(server, "do_" + request["do"])(request)
        return reply
    except SystemExit as error:
        return {"status": "exit", "code": wire_format.describe(error.code), "error": server.error(error)}, b""
    except BaseException as error:  # KeyboardInterrupt too: the submission may raise anything
        return {"status": "error", "error": server.error(error)}, b""


class Server:
    """What the contest's server does with a submission, one method for each request."""

    def __init__(self) -> None:
        self.audit: Any = None  # an AuditHook
        self.arrays: Any = None  # wire_format.Arrays
        self.numpy: Any = None
        self.tensorflow: Any = None
        self.folder: str | None = None
        self.offered: Any = None  # what model.py has under the name of the class
        self.instance: Any = None
        self.given = ""  # X in words
        self.known_versions = {"python": sys.version.split()[0]}

    def do_start(self, request: dict[str, Any]) -> Reply:
        """Loads what the server has loaded before the submission: numpy, and TensorFlow if wanted."""
        self.audit = load_beside("audit").AuditHook(request["cut_network"])
        self.numpy = importlib.import_module("numpy")
        if request["input_kind"] == "tensor":
            try:
                self.tensorflow = importlib.import_module("tensorflow")
            except ModuleNotFoundError as error:
                if error.name != "tensorflow":
                    raise
        self.arrays = wire_format.Arrays(self.numpy)
        self.audit.remember_libraries()
        return {"status": "ok", "has_tensorflow": self.tensorflow is not None}, b""

    def do_import(self, request: dict[str, Any]) -> Reply:
        self.folder = self.audit.folder = os.path.realpath(request["folder"])
        sys.path.insert(0, request["folder"])
        module = importlib.import_module("model")
        if not hasattr(module, request["class_name"]):
            classes = [name for name, value in vars(module).items() if inspect.isclass(value)]
            return {"status": "no class", "found": classes[:20]}, b""
        self.offered = getattr(module, request["class_name"])
        if not callable(self.offered):
            return {"status": "not a class", "found": wire_format.type_name(self.offered)}, b""
        return {"status": "ok"}, b""

    def do_init(self, request: dict[str, Any]) -> Reply:
        offered, arguments = self.offered, request["arguments"]
        problem = signature_problem(offered, arguments)
        # An object that happens to be callable: its own complaints would not name the cause.
        is_class = inspect.isclass(offered) or inspect.isroutine(offered)
        if problem:
            status = "signature" if is_class else "not a class"
            return dict(
                problem, status=status, function=request["class_name"], found=wire_format.type_name(offered)
            ), b""
        if self.instance is not None:  # a server never holds two at once
            self.instance = None
            gc.collect()
        try:
            self.instance = offered(*arguments)
        except Exception:
            if is_class:
                raise
            return {"status": "not a class", "found": wire_format.type_name(offered)}, b""
        if not callable(getattr(self.instance, "predict", None)):
            return {"status": "no predict", "found": wire_format.type_name(self.instance)}, b""
        problem = signature_problem(self.instance.predict, ["X"])
        if problem:
            return dict(problem, status="signature", function="predict"), b""
        offers = callable(getattr(self.instance, "probabilities", None))
        return {"status": "ok", "offers_probabilities": offers}, b""

    def do_predict(self, request: dict[str, Any]) -> Reply:
        """Answers for the images in `request`, given as a tensor or an array of the dtype asked for."""
        images = self.arrays.load(request.pop("images"))
        images = images.astype(request["dtype"])
        is_tensor = request["input_kind"] == "tensor" and self.tensorflow is not None
        given = self.tensorflow.convert_to_tensor(images) if is_tensor else images
        kind = "TensorFlow tensor" if is_tensor else "array"
        self.given = "a {} {} {}".format(request["dtype"], kind, tuple(images.shape))
        before = self.arrays.fingerprint(given)
        value = getattr(self.instance, request.get("method", "predict"))(given)
        after = self.arrays.fingerprint(given)
        reply, payload = self.arrays.describe_answers(value)
        reply.update(
            status="ok",
            rss_bytes=system.resident_bytes(),
            changed=None if before == after else [before[1:], after[1:]],
        )
        return reply, payload

    def versions(self) -> dict[str, str]:
        """Those of Python, of numpy, and of TensorFlow and Keras once they are loaded, as they were then."""
        known = self.known_versions
        if self.numpy is not None and "numpy" not in known:
            known["numpy"] = self.numpy.__version__
        tensorflow = getattr(sys.modules.get("tensorflow"), "__version__", None)
        if tensorflow is not None and "tensorflow" not in known:
            known["tensorflow"] = str(tensorflow)
        if "keras" not in known and (tensorflow is not None or "keras" in sys.modules):
            try:
                known["keras"] = importlib.metadata.version("keras")
            except importlib.metadata.PackageNotFoundError:
                pass
        return known

    def error(self, error: BaseException) -> dict[str, Any]:
        """An exception in JSON: type, text, and the last line of the submission it passed."""
        file, line = self.place(error)
        return {
            "type": type(error).__name__,
            "text": self.without_folder(wire_format.describe(error, as_text=True)),
            "file": file,
            "line": line,
            "given": self.given,
            "missing_module": missing_module(error),
            "kinds": library_kinds(error),
            "denied": self.denied(error),
            "network": self.audit is not None and self.audit.is_of_network(error),
            "syntax": isinstance(error, SyntaxError) and self.inside(error.filename) is not None,
        }

    def without_folder(self, text: str) -> str:
        """The text with the submission's files named as in the zip."""
        return text.replace(self.folder + os.sep, "") if self.folder else text

    def denied(self, error: BaseException | None) -> str | None:
        """The name of a file that could not be written because its folder is read-only, or None."""
        homes = [folder for folder in (self.folder, os.environ.get("HOME")) if folder]
        while error is not None:
            if isinstance(error, OSError) and error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                path = os.path.abspath(os.fsdecode(error.filename or ""))
                if error.errno == errno.EROFS or any(path.startswith(home + os.sep) for home in homes):
                    return self.without_folder(path)
            error = error.__cause__ or error.__context__
        return None

    def place(self, error: BaseException) -> tuple[str | None, int | None]:
        """(file, line) of the last step of an exception within the submission, or (None, None)."""
        places: list[tuple[Any, Any]] = []
        step = error.__traceback__
        while step is not None:
            places.append((step.tb_frame.f_code.co_filename, step.tb_lineno))
            step = step.tb_next
        if isinstance(error, SyntaxError):
            places.append((error.filename, error.lineno))
        for file, line in reversed(places):
            inside = self.inside(file)
            if inside:
                return inside, line
        return None, None

    def inside(self, file: object) -> str | None:
        """The name of one of the submission's files as in the zip; None of others, such as "<string>"."""
        if not self.folder or not isinstance(file, str) or file.startswith("<"):
            return None
        try:
            name = os.path.relpath(os.path.realpath(file), self.folder)
        except ValueError:  # no name of a file at all
            return None
        return None if name.startswith(os.pardir) else name


def missing_module(error: BaseException) -> str | None:
    """The name of the module that an import did not find, or None; not one that is there after all."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    try:
        return name if name and importlib.util.find_spec(name) is None else None
    except (ImportError, AttributeError, TypeError, ValueError):  # a parent package is missing, too
        return str(name)


def library_kinds(error: BaseException) -> list[str] | None:
    """Classes of Keras and TensorFlow that an object is of which lacks an attribute; None if not known.

    Python tells the object from 3.10 on.
    """
    value = getattr(error, "obj", None) if isinstance(error, AttributeError) else None
    if value is None:
        return None
    kind = value if isinstance(value, type) else type(value)
    return [base.__name__ for base in kind.__mro__ if str(base.__module__).split(".")[0] in LIBRARIES]


def signature_problem(function: Any, arguments: list[str]) -> dict[str, Any] | None:
    """Why `function` cannot be called with `arguments`, with the place of its definition; or None."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some compiled callables have none: the call will tell
        return None
    try:
        signature.bind(*arguments)
    except TypeError as error:
        code = getattr(getattr(function, "__init__", None), "__code__", None)
        code = getattr(function, "__code__", code)
        return {
            "signature": str(signature)[: wire_format.TEXT_LIMIT],
            "text": str(error),
            "line": getattr(code, "co_firstlineno", None),
        }
    return None


if __name__ == "__main__":
    main(int(sys.argv[1]))
