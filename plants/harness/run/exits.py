"""How the end of a child becomes a fault: its time or another limit is over, it died, or left things behind.

Also what it was seen to try on the way. Reports come from supervisor.py, which can be trusted unless a
submission of the harness's own user and without walls around it has replaced it.
"""

import dataclasses
import os
import re
import signal
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from plants.errors import HarnessError
from plants.harness.faults import Fault, fault
from plants.harness.profiles import Profile

Place = tuple[str | None, int | None]  # a file of the submission and a line of it, where they are known

FRAME = re.compile(r'File "([^"\n]+)", line (\d+)')
DUMP = "Fatal Python error"  # what child.py's faulthandler writes above a traceback
IDLE_SHARE = 0.05  # of the time, computed: less is waiting
IDLE_CPU_SECONDS = 0.25  # no more is waiting, too, however short the limit: what Python itself takes
NAMES_SHOWN = 5
MOST_LOOKUPS = 3  # names looked up in predict; who looks for a time server or a mirror needs no more
TOO_MUCH = {"space": "Wrote too much to the temporary folder", "files": "Made too many temporary files"}


@dataclasses.dataclass(frozen=True)
class Attempt:
    """Something that a submission was seen to try in a phase; audit.py names the kinds."""

    kind: str
    what: str
    phase: str
    place: Place


def timeout(phase: str, profile: Profile, *, seconds: float, cpu_seconds: float, place: Place) -> Fault:
    """RES02 or RES03 for a `phase` that was killed after `seconds`; `place` is what `last_place` found."""
    if cpu_seconds < max(IDLE_SHARE * seconds, IDLE_CPU_SECONDS):
        idle = f"Idle {seconds:.3g} s in phase {phase} (CPU {cpu_seconds:.1f} s)"
        return placed("RES02", f"{idle}: a deadlock, a sleep or input()", place)
    return placed("RES03", f"Killed at {profile.time_limit_seconds:g} s in phase {phase}", place)


def death(phase: str, report: dict[str, Any], profile: Profile, place: Place) -> Fault:
    """The fault of a child that ended, or cut the channel, before it replied; `report` is its supervisor's.

    Raises HarnessError where the machine had less memory than the profile allows.
    """
    reason = report.get("why")
    peak, limit = report.get("peak_bytes", 0) / 2**30, profile.memory_limit_bytes / 2**30
    if report.get("exit") == -signal.SIGKILL and report.get("oom_kills"):
        raise HarnessError(
            f"this machine ran out of memory in phase {phase}, at {peak:.1f} GB of the {limit:.1f} GB that "
            f"profile {profile.name} allows; end other programs, or use a machine with more"
        )
    if reason == "memory":
        killed = f"Killed at {peak:.1f} GB of memory in phase {phase} (limit {limit:.1f})"
        return placed("RES04", killed, place)
    if reason == "cpu" or report.get("exit") == -signal.SIGXCPU:
        killed = f"Killed at {profile.cpu_limit_seconds:g} s of CPU time in phase {phase}"
        return placed("RES03", killed, place)
    if reason == "tasks":
        started = f"Started more than {profile.process_limit} processes and threads in phase {phase}; killed"
        return placed("RES05", started, place)
    if reason in TOO_MUCH:
        return placed("RES06", f"{TOO_MUCH[reason]} in phase {phase}; killed", place)
    return placed("RUN02", f"{_describe_exit(report)} in phase {phase}, before returning predictions", place)


def forgery(phase: str) -> Fault:
    """SEC01, for what came over the channel and was not child.py's."""
    return fault("SEC01", f"In phase {phase} something else than the answer was written to the harness.")


def attempts(tried: Iterable[Attempt]) -> list[Fault]:
    """SEC02, SEC04 and SEC08 for what a submission that gave its answers was seen to try; see audit.py.

    Before predict there is nothing to send. Looking up a name sends nothing either,
    unless ever others are: names can hold what was in X.
    """
    first: dict[str, Attempt] = {}
    names = set()
    for attempt in tried:
        in_predict = attempt.phase == "predict"
        if in_predict or attempt.kind in ("patch", "truth"):
            first.setdefault(attempt.kind, attempt)
        if in_predict and attempt.kind == "lookup":
            names.add(attempt.what)
    if len(names) <= MOST_LOOKUPS or {"network", "download"} & set(first):
        first.pop("lookup", None)
    if "network" in first:
        first.pop("download", None)
    messages = {
        "truth": ("SEC02", "Tried to open {what}, which is out of its reach"),
        "patch": ("SEC04", "Patched {what} (ignored)"),
        "network": ("SEC08", "Tried to send to {what} in predict"),
        "download": ("SEC08", "Ran '{what}' in predict"),
        "lookup": ("SEC08", f"Looked up more than {MOST_LOOKUPS} names in predict, first {{what}}"),
    }
    counting = [(*messages[kind], attempt) for kind, attempt in first.items() if kind in messages]
    return [
        placed(code, message.format(what=attempt.what), attempt.place) for code, message, attempt in counting
    ]


def notes_on_attempts(tried: Sequence[Attempt], *, failed: bool = False) -> list[str]:
    """What was tried in vain and harms nothing: before predict, or names looked up in it.

    Where the submission `failed` over something else, all that it tried.
    """
    by_phase: dict[str, list[str]] = {}
    for attempt in tried:
        in_vain = attempt.kind in ("network", "download") and (failed or attempt.phase != "predict")
        if in_vain or attempt.kind == "lookup":
            by_phase.setdefault(attempt.phase, []).append(attempt.what)
    notes = []
    for phase, names in sorted(by_phase.items()):
        first, *others = dict.fromkeys(names)
        reached = f"{first} and {len(others)} more" if others else first
        notes.append(f"tried to reach {reached} in {phase} and went on without: the server has no internet")
    return notes


def left_behind(report: dict[str, Any]) -> list[Fault]:
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


def endless(seconds: float) -> Fault:
    """RES05 for a child that still ran `seconds` after its last answer."""
    return fault(
        "RES05",
        f"Its process did not end within {seconds:g} s of the last answer; killed.",
        cause="A thread, or something registered to run at exit, keeps the process from ending; the server "
        "waits for its end, until the time limit.",
        remedy="Make threads daemons or end them before predict returns, and register nothing at exit.",
    )


def last_place(output_text: str, folder: Path) -> Place:
    """(file, line) of the submission in `folder` where the last dumped traceback stands, or (None, None)."""
    start = output_text.rfind(DUMP)
    prefix = str(folder) + os.sep
    for file, line in FRAME.findall(output_text[start:]) if start >= 0 else ():
        if file.startswith(prefix):  # the most recent call comes first
            return file.removeprefix(prefix), int(line)
    return None, None


def placed(code: str, message: str, place: Place) -> Fault:
    """The fault with its place, which is also said in the message."""
    file, line = place
    where = f" ({file}, line {line})" if file else ""
    return fault(code, f"{message}{where}.", file=file, line=line)


def _describe_exit(report: dict[str, Any]) -> str:
    code = report.get("exit")
    if code is None or report.get("why"):
        return "Closed the harness's channel"
    if code >= 0:
        return f"Exited (code {code})"
    description = f"Killed by {_signal_name(-code)}"
    if code == -signal.SIGKILL:
        peak = report.get("peak_bytes", 0) / 2**20
        description += f" (the system does so for lack of memory; the peak seen was {peak:.0f} MB)"
    return description


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
