"""Static checks of what model files hold: SEC09, and suspicions of ENV02 and ENV03.

Each file passes once, in pieces, while the zip's checksums are tested.
"""

import dataclasses
import re

from plants.harness.checks import hidden_code, saved_model
from plants.harness.checks.archive import CODE_LIMIT
from plants.harness.faults import WARNING, fault

GRAPH = re.compile(r"(^|/)saved_model\.pb$")
KERAS_FILE = re.compile(r"\.(pb|h5|hdf5|keras|json)$")  # they may hold the JSON of a Keras model
LOADS_LIBRARIES = re.compile(rb"\bload_(op_)?library\b|\bCDLL\b|\bLoadLibrary\b")
OVERLAP = 64 << 10  # bytes; a Lambda is shorter
FIRST_KERAS_FORMAT = (2, 12)  # the TensorFlow whose Keras first wrote .keras files


class Passing:
    """The pieces of one file, on their way; remembers how it begins. Iterate it once."""

    def __init__(self, pieces):
        self.begins = b""
        self._pieces = pieces

    def __iter__(self):
        for piece in self._pieces:
            self.begins = self.begins or piece[:512]
            yield piece


@dataclasses.dataclass(frozen=True)
class ArchiveContext:
    """What a file is judged by beside its own bytes: folders with a graph, each with a final slash."""

    graph_folders: frozenset
    loads_libraries: bool

    @classmethod
    def of(cls, archive):
        scripts = [name for name in archive.files if name.endswith(".py") and "/" not in name]
        return cls(
            frozenset(name.removesuffix("saved_model.pb") for name in archive.files if GRAPH.search(name))
            - {""},
            any(LOADS_LIBRARIES.search(archive.read(name, CODE_LIMIT) or b"") for name in scripts),
        )


def faults_in(name, size, passing, *, surroundings, profile):
    """The faults of the file `name` of `size` bytes; reads as much of `passing` as it needs.

    Raises what reading the zip raises.
    """
    codes = []
    pieces = _noting_lambdas(passing, codes) if KERAS_FILE.search(name) else iter(passing)
    faults = []
    if GRAPH.search(name):
        faults += _graph_faults(name, saved_model.read(pieces, size), profile)
    elif hidden_code.PICKLE.search(name) and size <= hidden_code.PICKLE_LIMIT:
        faults += _pickle_faults(name, b"".join(pieces))
    for _ in pieces:
        pass
    faults += _lambda_faults(name, codes, profile) + _format_faults(name, profile)
    return faults + (
        _library_faults(name, surroundings) if passing.begins.startswith(hidden_code.ELF) else []
    )


def _noting_lambdas(pieces, codes):
    """Passes the pieces on; adds the code objects that they hold to `codes`."""
    rest = b""
    for piece in pieces:
        window = rest + piece
        if b'"4w' in window:
            codes += [code for code in hidden_code.lambdas(window) if code not in codes]
        rest = window[-OVERLAP:]
        yield piece


def _graph_faults(name, graph, profile):
    faults = []
    reaching = sorted(graph.ops & saved_model.REACHING_OUT)
    if reaching:
        what = f"{name!r} has operations that reach files or run Python: {', '.join(reaching)}."
        faults.append(fault("SEC09", what, file=name))
    newer = sorted(graph.ops & profile.unknown_ops)
    if newer:
        what = f"{name!r}, saved with TensorFlow {graph.version}, has operations that the server's "
        what += f"{_version(profile)} does not know: {', '.join(newer[:5])}."
        faults.append(fault("ENV02", what, file=name, level=WARNING))
    return faults


def _version(profile):
    return "{}.{}".format(*profile.tensorflow)


def _format_faults(name, profile):
    if not name.endswith(".keras") or profile.tensorflow >= FIRST_KERAS_FORMAT:
        return []
    what = f"{name!r} has the .keras format, which the server's TensorFlow {_version(profile)} cannot load."
    return [fault("ENV02", what, file=name, level=WARNING, remedy="Save it as .h5 or as a SavedModel.")]


def _pickle_faults(name, content):
    called = hidden_code.call_in_pickle(content)
    return [fault("SEC09", f"Loading the pickle {name!r} calls {called}.", file=name)] if called else []


def _lambda_faults(name, codes, profile):
    faults = []
    for code in codes:
        power = hidden_code.power_of_lambda(code)
        if power:
            faults.append(fault("SEC09", f"{name!r} has a Lambda whose bytecode uses {power!r}.", file=name))
        pythons = hidden_code.python_of_lambda(code)
        newest = "3.8 to 3.10" if profile.python < (3, 11) else "3.11 or later"
        if pythons and pythons != newest:
            what = f"{name!r} has a Lambda marshalled by Python {pythons}; the server has "
            what += "{}.{}.".format(*profile.python)
            faults.append(fault("ENV03", what, file=name, level=WARNING))
    return faults


def _library_faults(name, surroundings):
    """SEC09 for compiled code; a warning where nothing shows that it is loaded."""
    folders = {name[: place + 1] for place, char in enumerate(name) if char == "/"}
    loaded = surroundings.loads_libraries or folders & surroundings.graph_folders
    words = {} if loaded else {"level": WARNING}
    return [fault("SEC09", f"{name!r} is a compiled program or library.", file=name, **words)]
