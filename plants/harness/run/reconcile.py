"""What a run makes of the checks' suspicions: it refutes some, confirms some, and names its own causes.

The cause behind an exception is CON08, ENV02, ENV03 or ENV05 instead of RUN01.
"""

import dataclasses
import re
from collections.abc import Collection, Sequence
from typing import NoReturn

from plants.errors import HarnessError
from plants.harness.checks import device_lists, source
from plants.harness.checks.archive import Archive
from plants.harness.faults import REJECT, Fault, fault
from plants.harness.profiles import Profile
from plants.harness.run.newer_libraries import KERAS_3, numbers
from plants.harness.run.runner import Outcome

UNREAD_COUNTS_FROM = 1 << 20  # bytes in all; a forgotten note does no harm
NOT_FOR_MODEL_PY = {"metadata", "metadata.yaml", "manifest.json"}  # others read these
NEWNESS = {"CON04": "python", "ENV02": "tensorflow"}  # by whose version it is decided
MISSING = re.compile(  # how Python, HDF5, Keras 2, TensorFlow and Keras 3 say that there is no such file
    r"No such file or directory: '([^']+)'"
    r"|unable to open file: name = '([^']+)', errno = 2"
    r"|No file or directory found at (\S+?)\.?(?:\s|$)"
    r"|SavedModel file does not exist at: (\S+?)/?\{saved_model"
    r"|File not found: filepath=(\S+?)\.(?:\s|$)"
)
DRIVE = re.compile(r"[A-Za-z]:[\\/]")
SYSTEM_FOLDERS = ("/tmp/", "/proc/", "/sys/", "/dev/", "/etc/", "/usr/", "/var/")
NO_GPU = re.compile(
    r"Could not satisfy (?:explicit )?device specification '[^']*(?:GPU|TPU)"
    r"|Cannot assign a device for operation .*(?:GPU|TPU)"
    r"|not (?:been )?(?:built|compiled) with (?:TensorRT|CUDA|GPU)"
    r"|CUDA_ERROR_NO_DEVICE|[Nn]o CUDA-capable device"
    r"|only supports the NHWC tensor format on the CPU"
    r"|GPU device not found"
)
# How Python says that there is nothing to take from a list.
NOTHING_THERE = re.compile(
    r": (?:IndexError|StopIteration|AssertionError|ValueError: (?:not enough values|\w+\(\) .*empty))"
)
NOT_HDF5 = re.compile(r"open file \(file signature not found\)")
NEWER_FORMAT = re.compile(
    r"Op type not registered '(?P<op>\w+)'"
    r"|Unrecognized keyword arguments: .*'(?P<argument>batch_shape|optional)'"
    r"|Unrecognized keyword arguments passed to \w+: .*'(?P<keyword>quantization_config|lora_rank)'"
)
UNKNOWN = re.compile(
    r"Unknown (?:layer|object): '?(?P<layer>[\w>]+)"
    r"|Could not locate (?:class|function) '(?P<located>\w+)'"
    r"|Unknown \w+ function: '?(?P<function>\w+)'?.*(?:custom_objects|custom_object_scope)"
    r"|(?P<other>could not be deserialized properly)"
)
BYTECODE = re.compile(r"bad marshal data|marshal data too short|unknown opcode")
LAMBDA = "Requested the deserialization of a `Lambda` layer"  # Keras 3 wants to be told that it may
GONE_LAYERS = {"SlicingOpLambda", "TFOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty"}
NEWER_LAYERS = {  # of Keras itself, later than 2.9
    "AdaptiveAveragePooling2D", "AdaptiveMaxPooling2D", "AugMix", "AutoContrast", "CutMix", "Equalization",
    "GroupNormalization", "GroupQueryAttention", "HashedCrossing", "JaxLayer", "MelSpectrogram", "MixUp",
    "Pipeline", "RMSNormalization", "RandAugment", "RandomColorDegeneration", "RandomColorJitter",
    "RandomElasticTransform", "RandomErasing", "RandomGaussianBlur", "RandomGrayscale", "RandomHue",
    "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomSaturation", "RandomSharpness",
    "RandomShear", "STFTSpectrogram", "Solarization", "SpectralNormalization", "TFSMLayer",
    "TorchModuleWrapper",
}  # fmt: skip


def reconcile(
    suspected: Sequence[Fault],
    outcome: Outcome,
    archive: Archive,
    *,
    opened: Collection[str] | None,
    profile: Profile,
) -> list[Fault]:
    """The faults of the checks and of the run, one rejecting code where both speak of one thing.

    `opened` are the names of the files that the run opened, or None if that is not known.
    Raises HarnessError where the child's interpreter lacks what the server has.
    """
    shown = [
        with_cause(fault, archive, versions=outcome.versions, profile=profile, suspected=suspected)
        for fault in outcome.faults
    ]
    failed = any(fault.rejects for fault in shown)
    if not failed:
        shown += _slow_import(outcome, profile)
        shown += unread(archive, opened) if opened is not None else []
    loaded = [fault for fault in suspected if fault.code in NEWNESS and fault.file in (opened or ())]
    kept = [fault for fault in suspected if fault not in loaded and not _is_refuted(fault, shown, outcome)]
    kept += _judge_newness(loaded, outcome, profile, failed=failed)
    if any(fault.code in ("CON05", "CON06") for fault in kept):
        # It names the better line; whatever else ended the run before is no more certain.
        return kept + [fault for fault in shown if not fault.rejects]
    # What the checks only suspected the run has shown.
    confirmed = {fault.code for fault in shown if fault.rejects or fault.code == "CON07"}
    return [fault for fault in kept if fault.code not in confirmed] + shown


def _is_refuted(suspicion: Fault, shown: list[Fault], outcome: Outcome) -> bool:
    """Code can give a class its name or its methods in ways that do not stand in its text."""
    if suspicion.code in {fault.code for fault in shown}:
        return False
    if suspicion.code == "CON05":
        return "init" in outcome.timing  # the import found something of the class's name
    if suspicion.code == "CON06":
        return "predict" in outcome.timing  # the constructor and predict took what they were passed
    return False


def _judge_newness(loaded: list[Fault], outcome: Outcome, profile: Profile, *, failed: bool) -> list[Fault]:
    """What is too new for the server rejects where it was loaded by something newer than the server's."""
    judged = []
    for suspicion in loaded:
        part = NEWNESS[suspicion.code]
        version = numbers(outcome.versions.get(part))
        if version > getattr(profile, part):
            judged.append(dataclasses.replace(suspicion, level=REJECT))
        elif failed or not version:  # else it was refuted: the server's own version took it
            judged.append(suspicion)
    return judged


def _slow_import(outcome: Outcome, profile: Profile) -> list[Fault]:
    seconds = outcome.timing.get("import", 0.0)
    if seconds <= profile.import_seconds:
        return []
    return [fault("CON07", f"The import of model.py took {seconds:.1f} s.", file="model.py")]


def unread(archive: Archive, opened: Collection[str]) -> list[Fault]:
    """ZIP11 if files of the archive, together large enough to matter, are not among `opened`."""
    names = [
        name
        for name in archive.files
        if name not in opened and name not in NOT_FOR_MODEL_PY and not name.endswith(".py")
    ]
    size = sum(archive.files[name].file_size for name in names)
    if size < UNREAD_COUNTS_FROM:
        return []
    largest = max(names, key=lambda name: archive.files[name].file_size)
    files = f"{len(names)} {'file' if len(names) == 1 else 'files'}"
    return [
        fault("ZIP11", f"{size / 2**20:.1f} MB never read, in {files} such as {largest!r}.", file=largest)
    ]


def with_cause(
    raised: Fault,
    archive: Archive,
    *,
    versions: dict[str, str],
    profile: Profile,
    suspected: Sequence[Fault] = (),
) -> Fault:
    """The fault of a run, under the code of its cause where its message tells one.

    `suspected` are the faults of the checks. Raises HarnessError where the server, but not the
    child's interpreter, can load the model.
    """
    if raised.code != "RUN01":
        return raised
    code = _cause(raised.message, archive, versions, profile, suspected)
    if code is None and NOTHING_THERE.search(raised.message) and raised.file and raised.line:
        text = archive.read(raised.file, source.SOURCE_LIMIT)
        code = "ENV05" if device_lists.are_indexed(text or b"", raised.line) else None
    return fault(code, raised.message, file=raised.file, line=raised.line) if code else raised


def _cause(
    message: str, archive: Archive, versions: dict[str, str], profile: Profile, suspected: Sequence[Fault]
) -> str | None:
    tensorflow = numbers(versions.get("tensorflow"))
    has_keras_3 = profile.tensorflow < KERAS_3 <= tensorflow  # and the server has not
    if _is_misplaced(message, archive):
        return "CON08"
    if NO_GPU.search(message):
        return "ENV05"
    has_keras_file = any(name.endswith(".keras") for name in archive.files)
    if NEWER_FORMAT.search(message) or (NOT_HDF5.search(message) and has_keras_file):
        if () < tensorflow < profile.tensorflow:
            _refuse("what a newer TensorFlow saved", "TensorFlow", versions)
        return "ENV02"
    if BYTECODE.search(message):
        is_known = any(fault.code == "ENV03" for fault in suspected)
        if not is_known and numbers(versions.get("python")) != profile.python:
            _refuse("bytecode, which belongs to one version of Python,", "Python", versions)
        return "ENV03"
    if LAMBDA in message:
        if has_keras_3:
            _refuse("a Lambda", "Keras", versions)
        return "ENV03"
    unknown = UNKNOWN.search(message)
    if not unknown:
        return None
    # A layer of a later Keras, or one of the submission's own.
    name = next(filter(None, unknown.groups()))
    if name in GONE_LAYERS and has_keras_3:
        _refuse(name, "Keras", versions)
    return "ENV02" if name in NEWER_LAYERS else "ENV03"


def _is_misplaced(message: str, archive: Archive) -> bool:
    """Whether a file is missing that the zip has, or that could only be on the author's machine."""
    match = MISSING.search(message)
    if not match:
        return False
    name = next(filter(None, match.groups())).replace("\\\\", "\\")
    if DRIVE.match(name) or (name.startswith("/") and not name.startswith(SYSTEM_FOLDERS)):
        return True
    # Looked for in path it would have been found: names below path are those in the zip.
    name = name.removeprefix("./").rstrip("/")
    return name in archive.files or name in archive.folders


def _refuse(what: str, library: str, versions: dict[str, str]) -> NoReturn:
    raise HarnessError(
        f"the submission needs {what} that the server may load, but the child's interpreter with {library} "
        f"{versions.get(library.lower())} does not; it needs an interpreter like the server's: --python"
    )
