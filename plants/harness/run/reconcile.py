"""What a run makes of the static checks' suspicions: refutes some, confirms some, and names causes."""

import dataclasses

from plants.harness.faults import REJECT, fault
from plants.harness.run import causes
from plants.harness.run.unread_files import unread

NEWNESS = {"CON04": "python", "ENV02": "tensorflow"}  # by whose version it is decided


def settled(suspected, outcome, archive, *, opened, profile):
    """The faults of the static checks and of the run, one rejecting code where both speak of one thing.

    `opened` are the names of the files that the run opened, or None if that is not known.
    Raises HarnessError where the child's interpreter lacks what the server has.
    """
    words = dict(versions=outcome.versions, profile=profile, suspected=suspected)
    found = [causes.named(each, archive, **words) for each in outcome.faults]
    failed = any(each.rejects for each in found)
    if not failed:
        found += _slow_import(outcome, profile)
        found += unread(archive, opened) if opened is not None else []
    loaded = [each for each in suspected if each.code in NEWNESS and each.file in (opened or ())]
    static = [each for each in suspected if not _is_refuted(each, found, outcome) and each not in loaded]
    static += _judged(loaded, outcome, profile, failed=failed)
    if any(each.code in ("CON05", "CON06") for each in static):
        # It names the better line; whatever else ended the run before is no more certain.
        return static + [each for each in found if not each.rejects]
    told = {each.code for each in found if each.rejects or each.code == "CON07"}
    # What the static checks only suspected the run has found.
    return [each for each in static if each.code not in told] + found


def _is_refuted(suspicion, found, outcome):
    """Code can give a class its name or its methods in ways that do not stand in its text."""
    if suspicion.code in {each.code for each in found}:
        return False
    if suspicion.code == "CON05":
        return "init" in outcome.timing  # the import found something of the class's name
    if suspicion.code == "CON06":
        return "predict" in outcome.timing  # the constructor and predict took what they were passed
    return False


def _judged(loaded, outcome, profile, *, failed):
    """What is too new for the server rejects where it was loaded by something newer than the server's."""
    settled = []
    for each in loaded:
        part = NEWNESS[each.code]
        version = causes.numbers(outcome.versions.get(part))
        if version > getattr(profile, part):
            settled.append(dataclasses.replace(each, level=REJECT))
        elif failed or not version:  # else it was refuted: the server's own version took it
            settled.append(each)
    return settled


def _slow_import(outcome, profile):
    seconds = outcome.timing.get("import", 0.0)
    if seconds <= profile.import_seconds:
        return []
    return [fault("CON07", f"The import of model.py took {seconds:.1f} s.", file="model.py")]
