"""How a child's reply that tells of a failure becomes a fault; see exits.py for those that never reply.

Replies come from the submission's process and are not trusted.
"""

import dataclasses
import re
from typing import Any

from plants.errors import HarnessError
from plants.harness.faults import Fault, fault, one_line
from plants.harness.profiles import Profile
from plants.harness.run import newer_libraries
from plants.harness.run.exits import Attempt, Place, placed

KNOWN_VERSIONS = ("python", "numpy", "tensorflow", "keras")
# What a program that downloads ends with, or what follows where it brought no file or module.
MISSED_A_DOWNLOAD = re.compile(
    "CalledProcessError|TimeoutExpired|FileNotFoundError|OSError|ImportError|ModuleNot"
)
OUT_OF_MEMORY = re.compile("MemoryError|ResourceExhaustedError")
OS_ERRORS = re.compile("OSError|BlockingIOError|ResourceExhaustedError|UnknownError|InternalError")
LIMITS = (  # what is over, by the words of Python and of the system
    ("RES05", re.compile("RuntimeError"), "can't start new thread"),
    ("RES05", re.compile("BlockingIOError"), "Resource temporarily unavailable"),
    ("RES06", OS_ERRORS, "No space left on device"),
    ("RES06", OS_ERRORS, "Too many open files"),
    ("RES06", OS_ERRORS, "File too large"),
)


@dataclasses.dataclass(frozen=True)
class Raised:
    """The exception in a reply, every field of the right type.

    `given` says what X was, `missing_module` what could not be imported, `denied` what could not be written,
    "" for none; `kinds` are the libraries' classes of an object that lacks an attribute, None if not known.
    """

    type: str
    text: str
    given: str
    missing_module: str
    denied: str
    is_syntax: bool  # whether model.py could not even be parsed
    is_network: bool
    place: Place
    kinds: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return one_line(": ".join(filter(None, [self.type, self.text])), limit=300)


def failure_in(
    reply: dict[str, Any], doing: str, profile: Profile, versions: dict[str, str] | None = None
) -> Fault | None:
    """The fault that a reply tells of, or None if all went well; `doing` says during what.

    `versions` are those of the child's libraries, as far as they are known.
    Raises HarnessError where the child's interpreter lacks what the server has.
    """
    status = reply.get("status")
    if status == "ok":
        return None
    if status in ("error", "exit"):
        return _raised(reply, doing, profile, versions or {})
    return _unusable_class(reply, profile)


def exception_in(reply: dict[str, Any]) -> Raised:
    error = reply.get("error")
    error = error if isinstance(error, dict) else {}
    texts = {key: str(error.get(key) or "") for key in ("type", "text", "given", "missing_module", "denied")}
    return Raised(
        **texts,
        is_syntax=error.get("syntax") is True,
        is_network=error.get("network") is True,
        place=_place_in(error),
        kinds=_texts(error.get("kinds")),
    )


def versions_in(reply: dict[str, Any]) -> dict[str, str]:
    """The versions that child.py names, of those libraries that count."""
    found = reply.get("versions")
    found = found if isinstance(found, dict) else {}
    return {name: found[name] for name in KNOWN_VERSIONS if isinstance(found.get(name), str)}


def attempts_in(reply: dict[str, Any]) -> list[Attempt]:
    """What child.py noted while it worked on a request."""
    notes = reply.get("noted")
    return [
        Attempt(
            **{key: one_line(note.get(key), limit=200) for key in ("kind", "what", "phase")},
            place=_place_in(note),
        )
        for note in (notes if isinstance(notes, list) else [])
        if isinstance(note, dict)
    ]


def _raised(reply: dict[str, Any], doing: str, profile: Profile, versions: dict[str, str]) -> Fault:
    error = exception_in(reply)
    if reply.get("status") == "exit":
        code = one_line(reply.get("code"), limit=80)
        return placed("RUN02", f"Exited (code {code}) in {doing} before returning predictions", error.place)
    outside = _refused_from_outside(error, attempts_in(reply), doing, profile)
    if outside:
        return outside
    _refuse_unlike_server(error, profile, versions)
    if error.missing_module:
        return placed("ENV01", f"No module named {error.missing_module!r} (in {doing})", error.place)
    if error.is_syntax:
        return placed("CON04", f"Not valid Python for this interpreter: {error.text}", error.place)
    given = f" X was {error.given}." if error.given else ""
    file, line = error.place
    where = f" ({file}, line {line})" if file else ""
    return fault("RUN01", f"In {doing}{where}: {error}.{given}", file=file, line=line)


def _refused_from_outside(
    error: Raised, attempts: list[Attempt], doing: str, profile: Profile
) -> Fault | None:
    """The fault of an exception that comes from the limits or walls around the child, or None."""
    tried = next((attempt for attempt in attempts if _explains(attempt, error)), None)
    if tried:
        place = tried.place if tried.place[0] else error.place
        return placed("ENV04", f"Tried to reach {tried.what} in {doing}; there is no internet", place)
    if error.denied:
        return placed("ENV07", f"Wrote to {error.denied} in {doing}, which is read-only here", error.place)
    if OUT_OF_MEMORY.search(error.type):
        limit = profile.memory_limit_bytes / 2**30
        return placed("RES04", f"Out of memory in {doing} (limit {limit:.1f} GB): {error}", error.place)
    if error.type == "EOFError" and "reading a line" in error.text:
        return placed("RES02", f"Waits for input() in {doing}, but nobody is there to type", error.place)
    allowed = {
        "RES05": f"at most {profile.process_limit} processes and threads",
        "RES06": f"at most {profile.open_files_limit} open files and "
        f"{profile.tmp_limit_bytes / 2**30:.1f} GB of temporary ones",
    }
    for code, kind, text in LIMITS:
        if kind.fullmatch(error.type) and text in error.text:
            return placed(code, f"{text} in {doing}: {allowed[code]}", error.place)
    return None


def _explains(attempt: Attempt, error: Raised) -> bool:
    """Whether what was tried without a network may be why the exception came: not what was caught before."""
    if attempt.kind == "download":
        return error.is_network or bool(MISSED_A_DOWNLOAD.search(error.type))
    return error.is_network and attempt.kind in ("network", "lookup")


def _refuse_unlike_server(error: Raised, profile: Profile, versions: dict[str, str]) -> None:
    """Raises HarnessError where the server has what the child's interpreter lacks."""
    module = error.missing_module
    file, line = error.place
    needed = f"{file or 'the submission'}{f' line {line}' if line else ''} needs"
    if module in profile.libraries:
        raise HarnessError(
            f"{needed} {module}, which profile {profile.name} lists but the child's interpreter lacks; "
            "install it there with pip, or name another with --python"
        )
    part = newer_libraries.lacked(error.type, error.text, profile, versions, module=module, kinds=error.kinds)
    if part:
        newer_libraries.refuse(f"{needed} {part}", profile, versions)


def _unusable_class(reply: dict[str, Any], profile: Profile) -> Fault:
    status, offered = reply.get("status"), reply.get("found")
    name = profile.class_name
    if status == "no class":
        names = ", ".join(map(repr, offered)) if isinstance(offered, list) and offered else "no class"
        return fault("CON05", f"After the import there is no {name!r}: found {names}.", file="model.py")
    if status == "not a class":
        return fault(
            "CON05",
            f"{name!r} is not a class but a {offered}: it was given another value.",
            file="model.py",
            remedy=f"Give the value another name, so that {name!r} stays the class.",
        )
    if status == "no predict":
        return fault(
            "CON06",
            f"{profile.constructor_call} gave a {offered} without predict.",
            file="model.py",
            remedy="Write 'def predict(self, X):'.",
        )
    if status == "signature":
        return placed(
            "CON06",
            f"{reply.get('function')}{reply.get('signature')} does not take what the "
            f"server passes: {reply.get('text')}",
            ("model.py", _place_in(reply)[1]),
        )
    return fault("RUN02", "Garbled the harness's channel.")


def _texts(value: Any) -> tuple[str, ...] | None:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else None


def _place_in(record: dict[str, Any]) -> Place:
    file, line = record.get("file"), record.get("line")
    return file if isinstance(file, str) else None, line if type(line) is int else None
