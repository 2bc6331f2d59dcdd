"""Names the cause behind an exception: CON08, ENV02, ENV03 or ENV05 instead of RUN01."""

import re

from plants.errors import HarnessError
from plants.harness.faults import fault

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
KERAS_3 = (2, 16)  # the first TensorFlow that brings it


def named(found, archive, *, versions, profile, suspected=()):
    """The fault `found` of a run, under the code of its cause where its message tells one.

    `suspected` are the faults of the static checks. Raises HarnessError where the server, but not the
    child's interpreter, can load the model.
    """
    if found.code != "RUN01":
        return found
    code = _cause(found.message, archive, versions=versions, profile=profile, suspected=suspected)
    return fault(code, found.message, file=found.file, line=found.line) if code else found


def _cause(message, archive, *, versions, profile, suspected):
    if _is_misplaced(message, archive):
        return "CON08"
    if NO_GPU.search(message):
        return "ENV05"
    if NEWER_FORMAT.search(message) or (NOT_HDF5.search(message) and _has_keras_file(archive)):
        _refuse_older(versions, profile)
        return "ENV02"
    if BYTECODE.search(message):
        if not any(other.code == "ENV03" for other in suspected):
            _refuse_other_python(versions, profile)
        return "ENV03"
    if LAMBDA in message:
        _refuse_keras_3("a Lambda", versions, profile)
        return "ENV03"
    return _unknown_object(message, versions, profile)


def _is_misplaced(message, archive):
    """Whether a file is missing that the zip has, or that could only be on the author's machine."""
    match = MISSING.search(message)
    if not match:
        return False
    name = next(filter(None, match.groups())).replace("\\\\", "\\")
    if DRIVE.match(name) or (name.startswith("/") and not name.startswith(SYSTEM_FOLDERS)):
        return True
    # Looked for in path it would have been found: names below path are said as in the zip.
    name = name.removeprefix("./").rstrip("/")
    return name in archive.files or name in archive.folders


def _has_keras_file(archive):
    return any(name.endswith(".keras") for name in archive.files)


def _unknown_object(message, versions, profile):
    """ENV02 for a layer of a later Keras, ENV03 for one of the submission's own, or None."""
    match = UNKNOWN.search(message)
    if not match:
        return None
    name = next(filter(None, match.groups()))
    if name in GONE_LAYERS:
        _refuse_keras_3(name, versions, profile)
    return "ENV02" if name in NEWER_LAYERS else "ENV03"


def _refuse_older(versions, profile):
    tensorflow = numbers(versions.get("tensorflow"))
    if tensorflow and tensorflow < profile.tensorflow:
        _refuse("what a newer TensorFlow saved", f"TensorFlow {versions['tensorflow']}")


def _refuse_keras_3(what, versions, profile):
    if profile.tensorflow < KERAS_3 <= numbers(versions.get("tensorflow")):
        _refuse(what, f"Keras {versions.get('keras')}")


def _refuse_other_python(versions, profile):
    if numbers(versions.get("python")) != profile.python:
        _refuse("bytecode, which belongs to one version of Python,", f"Python {versions.get('python')}")


def _refuse(what, lacking):
    raise HarnessError(
        f"the submission needs {what} that the server may load, but the child's interpreter with {lacking} "
        "does not; name one like the server's with --python"
    )


def numbers(version):
    """The first two numbers of a version such as "2.9.3"; () for None or another text."""
    match = re.match(r"(\d+)\.(\d+)", version or "")
    return (int(match[1]), int(match[2])) if match else ()
