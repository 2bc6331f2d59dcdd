"""How the end of a child becomes a fault: its time or another limit is over, it died, or left things behind.

Reports come from supervisor.py, which can be trusted unless a submission of the harness's own user and
without walls around it has replaced it.
"""

import os
import re
import signal

from plants.errors import HarnessError
from plants.harness.faults import fault

FRAME = re.compile(r'File "([^"\n]+)", line (\d+)')
DUMP = "Fatal Python error"  # what child.py's faulthandler writes above a traceback
IDLE_SHARE = 0.05  # of the time, computed: less is waiting
IDLE_CPU_SECONDS = 0.25  # no more is waiting, too, however short the limit: what Python itself takes
NAMES_SHOWN = 5
MOST_LOOKUPS = 3  # names looked up in predict; who looks for a time server or a mirror needs no more
TOO_MUCH = {"space": "Wrote too much to the temporary folder", "files": "Made too many temporary files"}


def timeout(phase, profile, *, seconds, cpu_seconds, place):
    """RES02 or RES03 for a `phase` that was killed after `seconds`; `place` is what `last_place` found."""
    if cpu_seconds < max(IDLE_SHARE * seconds, IDLE_CPU_SECONDS):
        idle = f"Idle {seconds:.3g} s in phase {phase} (CPU {cpu_seconds:.1f} s)"
        return placed("RES02", f"{idle}: a deadlock, a sleep or input()", place)
    return placed("RES03", f"Killed at {profile.time_limit_seconds:g} s in phase {phase}", place)


def death(phase, report, profile, place):
    """The fault of a child that ended, or cut the channel, before it replied; `report` is its supervisor's.

    Raises HarnessError where the machine had less memory than the profile allows.
    """
    why = report.get("why")
    if report.get("exit") == -signal.SIGKILL and report.get("oom_kills"):
        peak, limit = report.get("peak_bytes", 0) / 2**30, profile.memory_limit_bytes / 2**30
        raise HarnessError(
            f"this machine ran out of memory in phase {phase}, at {peak:.1f} GB of the {limit:.1f} GB that "
            f"profile {profile.name} allows; end other programs, or use a machine with more"
        )
    if why == "memory":
        peak = report.get("peak_bytes", 0) / 2**30
        limit = profile.memory_limit_bytes / 2**30
        return placed(
            "RES04", f"Killed at {peak:.1f} GB of memory in phase {phase} (limit {limit:.1f})", place
        )
    if why == "cpu" or report.get("exit") == -signal.SIGXCPU:
        limit = profile.cpu_limit_seconds
        return placed("RES03", f"Killed at {limit:g} s of CPU time in phase {phase}", place)
    if why == "tasks":
        limit = f"more than {profile.process_limit} processes and threads"
        return placed("RES05", f"Started {limit} in phase {phase}; killed", place)
    if why in TOO_MUCH:
        return placed("RES06", f"{TOO_MUCH[why]} in phase {phase}; killed", place)
    return placed("RUN02", f"{_ending(report)} in phase {phase}, before returning predictions", place)


def forgery(phase):
    """SEC01, for what came over the channel and was not child.py's."""
    return fault("SEC01", f"In phase {phase} something else than the answer was written to the harness.")


def attempts(notes):
    """SEC02, SEC04 and SEC08 for what a submission that gave its answers was seen to try; see audit.py.

    Before predict there is nothing to send. Looking up a name sends nothing either,
    unless ever others are: names can hold what was in X.
    """
    first = {}
    for note in notes:
        if note["phase"] == "predict" or note["kind"] in ("patch", "truth"):
            first.setdefault(note["kind"], note)
    words = {
        "truth": ("SEC02", "Tried to open {what}, which is out of its reach"),
        "patch": ("SEC04", "Patched {what} (ignored)"),
        "network": ("SEC08", "Tried to send to {what} in predict"),
        "download": ("SEC08", "Ran '{what}' in predict"),
        "lookup": ("SEC08", f"Looked up more than {MOST_LOOKUPS} names in predict, first {{what}}"),
    }
    names = {note["what"] for note in notes if note["kind"] == "lookup" and note["phase"] == "predict"}
    if len(names) <= MOST_LOOKUPS or {"network", "download"} & set(first):
        first.pop("lookup", None)
    if "network" in first:
        first.pop("download", None)
    found = [(*words[kind], note) for kind, note in first.items() if kind in words]
    return [
        placed(code, text.format(what=note["what"]), (note["file"], note["line"]))
        for code, text, note in found
    ]


def notes_on_attempts(notes, *, failed=False):
    """In words, what was tried in vain and harms nothing: before predict, or names looked up in it.

    Where the submission `failed` over something else, all that it tried.
    """
    tried = {}
    for note in notes:
        in_vain = note["kind"] in ("network", "download") and (failed or note["phase"] != "predict")
        if in_vain or note["kind"] == "lookup":
            tried.setdefault(note["phase"], {})[note["what"]] = True  # a set that keeps its order
    return [
        f"tried to reach {_first_of(names)} in {phase} and went on without: the server has no internet"
        for phase, names in sorted(tried.items())
    ]


def _first_of(names):
    """One of several names, and how many there are."""
    name, *others = names
    return f"{name} and {len(others)} more" if others else name


def left_behind(report):
    """RES05 for processes, SEC10 for files where others see them, after an otherwise good run."""
    faults = []
    if report.get("why") in TOO_MUCH:
        faults.append(fault("RES06", f"{TOO_MUCH[report['why']]}."))
    if report.get("left"):
        # How many says little: predict was called many times, and by more than one instance.
        names = ", ".join(sorted(set(report["left"]))[:NAMES_SHOWN])
        processes = "a process" if len(report["left"]) == 1 else "processes"
        faults.append(fault("RES05", f"Left {processes} running ({names}); killed."))
    if report.get("shared"):
        names = ", ".join(report["shared"][:NAMES_SHOWN])
        faults.append(fault("SEC10", f"Left {names} behind, which the next run could find; removed."))
    return faults


def endless(seconds):
    """RES05 for a child that still ran `seconds` after its last answer."""
    return fault(
        "RES05",
        f"Its process did not end within {seconds:g} s of the last answer; killed.",
        cause="A thread, or something registered to run at exit, keeps the process from ending; the server "
        "waits for its end, until the time limit.",
        remedy="Make threads daemons or end them before predict returns, and register nothing at exit.",
    )


def last_place(output_text, folder):
    """(file, line) of the submission in `folder` where the last dumped traceback stands, or (None, None)."""
    start = output_text.rfind(DUMP)
    folder = str(folder) + os.sep
    for file, line in FRAME.findall(output_text[start:]) if start >= 0 else ():
        if file.startswith(folder):  # the most recent call comes first
            return file.removeprefix(folder), int(line)
    return None, None


def placed(code, message, place):
    """The fault with its place, which is also said in the message."""
    file, line = place
    where = f" ({file}, line {line})" if file else ""
    return fault(code, f"{message}{where}.", file=file, line=line)


def _ending(report):
    code = report.get("exit")
    if code is None or report.get("why"):
        return "Closed the harness's channel"
    if code >= 0:
        return f"Exited (code {code})"
    ending = f"Killed by {_signal_name(-code)}"
    if code == -signal.SIGKILL:
        peak = report.get("peak_bytes", 0) / 2**20
        ending += f" (the system does so for lack of memory; the peak seen was {peak:.0f} MB)"
    return ending


def _signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
