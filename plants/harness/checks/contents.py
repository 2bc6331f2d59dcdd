"""Static checks of what model files hold: SEC09, and suspicions of ENV02 and ENV03.

Each file passes once, in pieces, while the zip's checksums are tested.
"""

import re
from collections.abc import Iterable, Iterator

from plants.harness.checks import hidden_code, saved_model
from plants.harness.checks.archive import CODE_LIMIT, Archive
from plants.harness.faults import REJECT, WARNING, Fault, fault
from plants.harness.profiles import Profile

GRAPH = re.compile(r"(^|/)saved_model\.pb$")
KERAS_FILE = re.compile(r"\.(pb|h5|hdf5|keras|json)$")  # they may hold the JSON of a Keras model
LOADS_LIBRARIES = re.compile(rb"\bload_(op_)?library\b|\bCDLL\b|\bLoadLibrary\b")
OVERLAP = 64 << 10  # bytes; a Lambda is shorter
FIRST_KERAS_FORMAT = (2, 12)  # the TensorFlow whose Keras first wrote .keras files


def folders_of_libraries(archive: Archive) -> set[str]:
    """The folders, each with a final slash, whose compiled files are loaded: those that hold a graph.

    Where a script in the root loads libraries, "" stands for all files.
    """
    folders = {name.removesuffix("saved_model.pb") for name in archive.files if GRAPH.search(name)}
    scripts = [name for name in archive.files if name.endswith(".py") and "/" not in name]
    loads = any(LOADS_LIBRARIES.search(archive.read(name, CODE_LIMIT) or b"") for name in scripts)
    return folders | {""} if loads else folders - {""}


def faults_in(name: str, pieces: Iterator[bytes], size: int, profile: Profile) -> list[Fault]:
    """The faults of a file of `size` bytes that comes in `pieces`, all of which are read.

    Raises what reading the zip raises.
    """
    codes: list[bytes] = []
    if KERAS_FILE.search(name):
        pieces = _noting_lambdas(pieces, codes)
    faults = []
    if GRAPH.search(name):
        faults += _graph_faults(name, saved_model.read(pieces, size), profile)
    elif hidden_code.PICKLE.search(name) and size <= hidden_code.PICKLE_LIMIT:
        faults += _pickle_faults(name, b"".join(pieces))
    for _ in pieces:
        pass
    return faults + _lambda_faults(name, codes, profile) + _format_faults(name, profile)


def _noting_lambdas(pieces: Iterable[bytes], codes: list[bytes]) -> Iterator[bytes]:
    """Passes the pieces on; adds the code objects that they hold to `codes`."""
    rest = b""
    for piece in pieces:
        window = rest + piece
        if b'"4w' in window:
            codes += [code for code in hidden_code.lambdas(window) if code not in codes]
        rest = window[-OVERLAP:]
        yield piece


def _graph_faults(name: str, graph: saved_model.Graph, profile: Profile) -> list[Fault]:
    faults = []
    reaching = sorted(graph.ops & saved_model.REACHING_OUT)
    if reaching:
        message = f"{name!r} has operations that reach files or run Python: {', '.join(reaching)}."
        faults.append(fault("SEC09", message, file=name))
    newer = sorted(graph.ops & profile.unknown_ops)
    if newer:
        message = f"{name!r}, saved with TensorFlow {graph.version}, has operations that the server's "
        message += f"{_version(profile)} does not know: {', '.join(newer[:5])}."
        faults.append(fault("ENV02", message, file=name, level=WARNING))
    return faults


def _version(profile: Profile) -> str:
    return "{}.{}".format(*profile.tensorflow)


def _format_faults(name: str, profile: Profile) -> list[Fault]:
    if not name.endswith(".keras") or profile.tensorflow >= FIRST_KERAS_FORMAT:
        return []
    message = f"{name!r} has the .keras format, which the server's TensorFlow "
    message += f"{_version(profile)} cannot load."
    return [fault("ENV02", message, file=name, level=WARNING, remedy="Save it as .h5 or as a SavedModel.")]


def _pickle_faults(name: str, content: bytes) -> list[Fault]:
    called = hidden_code.call_in_pickle(content)
    return [fault("SEC09", f"Loading the pickle {name!r} calls {called}.", file=name)] if called else []


def _lambda_faults(name: str, codes: list[bytes], profile: Profile) -> list[Fault]:
    faults = []
    for code in codes:
        power = hidden_code.power_of_lambda(code)
        if power:
            faults.append(fault("SEC09", f"{name!r} has a Lambda whose bytecode uses {power!r}.", file=name))
        pythons = hidden_code.python_of_lambda(code)
        newest = "3.8 to 3.10" if profile.python < (3, 11) else "3.11 or later"
        if pythons and pythons != newest:
            message = f"{name!r} has a Lambda marshalled by Python {pythons}; the server has "
            message += "{}.{}.".format(*profile.python)
            faults.append(fault("ENV03", message, file=name, level=WARNING))
    return faults


def library_fault(name: str, folders: set[str]) -> Fault:
    """SEC09 for a compiled file; a warning unless it lies in one of the `folders` of loaded libraries."""
    above = {"", *(name[: place + 1] for place, char in enumerate(name) if char == "/")}
    message = f"{name!r} is a compiled program or library."
    return fault("SEC09", message, file=name, level=REJECT if above & folders else WARNING)
