"""How a run's failure becomes a fault: what the child replied, or how and where it ended.

Replies and output come from the submission's process and are not trusted.
"""

import os
import re
import signal

from plants.errors import HarnessError
from plants.harness.faults import fault, one_line

FRAME = re.compile(r'File "([^"\n]+)", line (\d+)')
LEGACY_MODEL = "legacy SavedModel format is not supported"  # what Keras 3 says of one
GONE_FROM_KERAS = re.compile(r"cannot import name '(\w+)' from '((?:tensorflow\.)?keras[\w.]*)'")
DUMPS = ("Timeout (", "Fatal Python error")  # what child.py's faulthandler writes above a traceback


def failure_in(reply, doing, profile, *, keras=None):
    """The fault that a reply tells of, or None if all went well; `doing` says during what.

    `keras` is the version of the child's Keras, or None where it is not known.
    Raises HarnessError where the child's interpreter lacks what the server has.
    """
    status = reply.get("status")
    if status == "ok":
        return None
    if status in ("error", "exit"):
        return _raised(reply, doing, profile, keras)
    return _unusable_class(reply, profile)


def error_of(reply):
    """The exception in a reply, every field of the right type."""
    error = reply.get("error")
    error = error if isinstance(error, dict) else {}
    texts = {key: str(error.get(key) or "") for key in ("type", "text", "given", "missing_module")}
    return {
        **texts,
        "syntax": error.get("syntax") is True,
        "line": _line(error.get("line")),
        "file": error["file"] if isinstance(error.get("file"), str) else None,
    }


def timeout(phase, profile, place):
    """RES03; `place` is what `last_place` found."""
    return _placed("RES03", f"Killed at {profile.time_limit_seconds:g} s in phase {phase}", place)


def death(phase, exit_code, peak_rss_bytes, place):
    """RUN02 for a child that ended, or cut the channel (`exit_code` None), before it replied."""
    if exit_code is None:
        ending = "Closed the harness's channel"
    elif exit_code >= 0:
        ending = f"Exited (code {exit_code})"
    else:
        ending = f"Killed by {_signal_name(-exit_code)}"
    if exit_code == -signal.SIGKILL:
        peak = (peak_rss_bytes or 0) / 2**20
        ending += f" (the system does so for lack of memory; the peak seen was {peak:.0f} MB)"
    return _placed("RUN02", f"{ending} in phase {phase}, before returning predictions", place)


def forgery(phase):
    """SEC01, for what came over the channel and was not child.py's."""
    return fault(
        "SEC01", f"In phase {phase} something else than the answer of predict was written to the harness."
    )


def last_place(output_text, folder):
    """(file, line) of the submission in `folder` where the last dumped traceback stands, or (None, None)."""
    start = max(output_text.rfind(mark) for mark in DUMPS)
    folder = str(folder) + os.sep
    for file, line in FRAME.findall(output_text[start:]) if start >= 0 else ():
        if file.startswith(folder):  # the most recent call comes first
            return file.removeprefix(folder), int(line)
    return None, None


def _raised(reply, doing, profile, keras):
    error = error_of(reply)
    place = error["file"], error["line"]
    module = error["missing_module"]
    if reply.get("status") == "exit":
        code = one_line(reply.get("code"), limit=80)
        return _placed("RUN02", f"Exited (code {code}) in {doing} before returning predictions", place)
    _refuse_unlike_server(error, profile, keras)
    if module:
        return _placed("ENV01", f"No module named {module!r} (in {doing})", place)
    if error["syntax"]:
        return _placed("CON04", f"Not valid Python for this interpreter: {error['text']}", place)
    given = f" X was {error['given']}." if error["given"] else ""
    where = f" ({error['file']}, line {error['line']})" if error["file"] else ""
    what = one_line(": ".join(filter(None, [error["type"], error["text"]])), limit=300)
    return fault("RUN01", f"In {doing}{where}: {what}.{given}", file=error["file"], line=error["line"])


def _refuse_unlike_server(error, profile, keras):
    """Raises HarnessError where the server has what the child's interpreter lacks."""
    module, text = error["missing_module"], error["text"]
    needed = f"{error['file'] or 'the submission'} needs"
    if module in profile.libraries:
        raise HarnessError(
            f"{needed} {module}, which profile {profile.name} lists but the child's interpreter lacks; "
            "install it there with pip, or name another with --python"
        )
    if (keras or "").startswith("2."):  # as on the server: what is missing there is missing here
        return
    part = module if module and profile.lists(module) else None
    if LEGACY_MODEL in text:
        part = "Keras 2's SavedModel format"
    elif (gone := GONE_FROM_KERAS.match(text)) and error["type"] == "ImportError":
        part = f"{gone[2]}.{gone[1]}"
    if part:
        raise HarnessError(
            f"{needed} {part}, which the libraries of the server's time may have, but the child's "
            f"interpreter{f' with Keras {keras}' if keras else ''} lacks; name one like the server's with "
            "--python"
        )


def _unusable_class(reply, profile):
    status, found = reply.get("status"), reply.get("found")
    name = profile.class_name
    if status == "no class":
        names = ", ".join(map(repr, found)) if isinstance(found, list) and found else "no class"
        return fault("CON05", f"After the import there is no {name!r}: found {names}.", file="model.py")
    if status == "not a class":
        return fault(
            "CON05",
            f"{name!r} is not a class but a {found}: it was given another value.",
            file="model.py",
            remedy=f"Give the value another name, so that {name!r} stays the class.",
        )
    if status == "no predict":
        return fault(
            "CON06",
            f"{name}({profile.arguments}) gave a {found} without predict.",
            file="model.py",
            remedy="Write 'def predict(self, X):'.",
        )
    if status == "signature":
        return _placed(
            "CON06",
            f"{reply.get('function')}{reply.get('signature')} does not take what the "
            f"server passes: {reply.get('text')}",
            ("model.py", _line(reply.get("line"))),
        )
    return fault("RUN02", "Garbled the harness's channel.")


def _placed(code, message, place):
    """The fault with its place, which is also said in the message."""
    file, line = place
    where = f" ({file}, line {line})" if file else ""
    return fault(code, f"{message}{where}.", file=file, line=line)


def _line(value):
    return value if type(value) is int else None


def _signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
