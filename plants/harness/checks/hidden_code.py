"""Code that hides in what should be numbers: operations of a graph, pickles, Lambdas, libraries."""

import base64
import binascii
import itertools
import pickletools
import re
from collections.abc import Iterator
from typing import Any

ELF = b"\x7fELF"
PICKLE = re.compile(r"\.(pkl|pickle|joblib|p)$")
PICKLE_LIMIT = 64 << 20  # bytes looked at
OPCODES_LIMIT = 100_000  # looked at; a pickle of arrays and trees has fewer
# Modules that no pickle of numbers, nets or scikit-learn estimators names.
POWERFUL_MODULES = {
    "os", "posix", "nt", "subprocess", "socket", "shutil", "ctypes", "importlib", "runpy", "pty", "commands",
}  # fmt: skip
POWERFUL_BUILTINS = {"eval", "exec", "compile", "open", "__import__"}
BUILTINS = {"builtins", "__builtin__"}
# How base64 of a marshalled code object begins, as Keras writes Lambdas into JSON, escaped line ends and all.
BYTECODE = re.compile(rb'"(4w(?:[A-Za-z0-9+/=]|\\+n){40,})"')
SHORT_STRINGS = b"[zZ\xda\xfa]"  # marshal's marks of a short ASCII text, with and without reference
NAMES_IN_BYTECODE = (
    "os", "subprocess", "socket", "ctypes", "shutil", "importlib", "builtins", "urllib", "requests",
    "__import__", "eval", "exec", "open", "system", "popen",
)  # fmt: skip
NAMED = re.compile(
    SHORT_STRINGS
    + b"(?:"
    + b"|".join(bytes([len(name)]) + b"(" + re.escape(name.encode()) + b")" for name in NAMES_IN_BYTECODE)
    + b")"
)


def call_in_pickle(content: bytes) -> str | None:
    """The powerful function that unpickling `content` may call, such as "os.system", or None."""
    for module, name in _globals_of(content):
        if module.split(".")[0] in POWERFUL_MODULES or (module in BUILTINS and name in POWERFUL_BUILTINS):
            return f"{module}.{name}"
    return None


def _globals_of(content: bytes) -> Iterator[tuple[str, str]]:
    """(module, name) of what a pickle imports, as far as its opcodes tell; nothing is unpickled."""
    memo: dict[Any, str] = {}
    texts = ["", ""]  # the last ones on the stack
    try:
        for opcode, argument, _ in itertools.islice(pickletools.genops(content), OPCODES_LIMIT):
            if opcode.name in ("GLOBAL", "INST"):
                module, _, name = str(argument).partition(" ")
                yield module, name
            elif opcode.name == "STACK_GLOBAL":
                yield texts[-2], texts[-1]
            elif opcode.name.endswith("PUT") or opcode.name == "MEMOIZE":
                memo[len(memo) if argument is None else argument] = texts[-1]
            elif opcode.name.endswith("GET"):
                texts = [texts[-1], memo.get(argument, "")]
            elif isinstance(argument, str):
                texts = [texts[-1], argument]
    except Exception:  # no pickle, or none of this Python's: loading it will tell
        return


def lambdas(content: bytes) -> Iterator[bytes]:
    """The marshalled code objects in the JSON of a Keras model."""
    for match in BYTECODE.finditer(content):
        try:
            yield base64.b64decode(re.sub(rb"\\+n", b"", match[1]))
        except binascii.Error:
            continue


def power_of_lambda(code: bytes) -> str | None:
    """The powerful name that a code object uses, such as "subprocess", or None."""
    match = NAMED.search(code)
    return next(name for name in match.groups() if name).decode() if match else None


def python_of_lambda(code: bytes) -> str | None:
    """Which Pythons can load a code object: "3.8 to 3.10", "3.11 or later", or None where it is not clear.

    Python 3.11 dropped one of the six numbers that stood before the bytecode.
    """
    strings = (ord("s"), ord("s") | 0x80)
    if code[21:22] and code[21] in strings:
        return "3.11 or later"
    return "3.8 to 3.10" if code[25:26] and code[25] in strings else None
