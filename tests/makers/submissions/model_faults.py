"""Zips whose model files hold more, or something newer, than the server can take."""

import base64
import json
import pickle

import numpy as np

from submissions.making import MODEL, bad, good

# Cut short after what tells the versions apart: their numbers, then the bytecode as a string.
BYTECODE_OF_3_9 = b"\xe3" + bytes(24) + b"s\x04\0\0\0d\0S\0" + bytes(40)
BYTECODE_OF_3_11 = b"\xe3" + bytes(20) + b"s\x04\0\0\0d\0S\0" + bytes(44)
ELF_HEADER = b"\x7fELF\x02\x01\x01" + bytes(57)


def field(number, content):
    """One field: its number, the length in groups of seven bits, the content."""
    size, length = len(content), b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def message(*fields):
    """A protocol buffer message of (number, text, bytes or another message)."""
    return b"".join(
        field(number, content.encode() if isinstance(content, str) else content) for number, content in fields
    )


def graph(*ops, version="2.9.3"):
    """A saved_model.pb whose graph has these operations, the last one within a function."""
    nodes = [message((1, f"node{place}"), (2, op)) for place, op in enumerate(ops)]
    function = message((3, nodes.pop()))
    graph_def = message(*((1, node) for node in nodes), (2, message((1, function))))
    return message((2, message((1, message((5, version))), (2, graph_def))))


def keras_lambda(bytecode):
    """The JSON of a Keras model with one Lambda layer."""
    function = {"class_name": "__tuple__", "items": [base64.encodebytes(bytecode).decode(), None, None]}
    return json.dumps({"class_name": "Lambda", "config": {"name": "scale", "function": function}})


def calling_pickle():
    return pickle.dumps({"trees": Calling(eval, "1 + 1")}, protocol=4)


class Calling:
    """Its pickle calls `function(argument)` when it is loaded."""

    def __init__(self, function, argument):
        self.call = function, (argument,)

    def __reduce__(self):
        return self.call


@bad(
    "ZIP10",
    file="SubmissionModel/variables/variables.data-00000-of-00001",
    says=r"^3\.00 MB \(limit 2\.00 MB\); 2\.50 MB in 'SubmissionModel/variables/variables\.data-.*'; "
    r"0\.50 MB in 'old/best\.h5'\.",
    remedy="include_optimizer=False",
    upload_limit_bytes=2 << 20,
)
def zip_with_the_state_of_an_optimizer(path):
    """As large as that of a net with two slots of Adam for each variable."""
    noise = np.random.default_rng(0)
    return good(
        path,
        **{
            "SubmissionModel/saved_model.pb": "g",
            "SubmissionModel/variables/variables.index": "i",
            "SubmissionModel/variables/variables.data-00000-of-00001": noise.bytes(5 << 19),
            "old/best.h5": noise.bytes(1 << 19),
        },
    )


@bad(
    "SEC09",
    file="SubmissionModel/saved_model.pb",
    says=r"has operations that reach files or run Python: PyFunc, ReadFile\.",
    remedy="layers of Keras alone",
)
def saved_model_that_reads_files(path):
    return good(path, **{"SubmissionModel/saved_model.pb": graph("PyFunc", "MatMul", "ReadFile")})


@bad(
    "SEC09",
    file="SubmissionModel/keras_metadata.pb",
    says="has a Lambda whose bytecode uses 'subprocess'",
    remedy="layers of Keras alone",
)
def lambda_that_starts_a_program(path):
    bytecode = BYTECODE_OF_3_9 + b"\xda\x0asubprocess\xda\x03run"
    return good(
        path,
        **{
            "SubmissionModel/saved_model.pb": graph("MatMul"),
            "SubmissionModel/keras_metadata.pb": message((1, keras_lambda(bytecode)[:100]))
            + keras_lambda(bytecode).encode(),
        },
    )


@bad("SEC09", file="trees.pkl", says=r"Loading the pickle 'trees\.pkl' calls builtins\.eval", remedy="Keras")
def pickle_that_evaluates(path):
    """What it evaluates would do no harm."""
    return good(path, trees__pkl=calling_pickle())


@bad(
    "SEC09",
    file="SubmissionModel/ops.so",
    says="is a compiled program or library",
    remedy="layers of Keras alone",
)
def custom_operation_beside_the_graph(path):
    return good(
        path, **{"SubmissionModel/saved_model.pb": graph("MatMul"), "SubmissionModel/ops.so": ELF_HEADER}
    )


@bad("SEC09", file="fast.bin", says="is a compiled program or library", remedy="layers of Keras alone")
def library_that_the_code_loads(path):
    return good(
        path,
        fast__bin=ELF_HEADER,
        model__py=MODEL + "\n\ndef load(tf):\n    tf.load_op_library('fast.bin')\n",
    )


@bad("SEC09", file="fast.so", says="is a compiled program or library", remedy="layers of Keras alone")
def library_that_nothing_loads(path):
    """A warning: it may belong to a package in the zip."""
    return good(path, fast__so=ELF_HEADER)


@bad(
    "ENV02",
    file="SubmissionModel/saved_model.pb",
    says=r"with TensorFlow 2\.15\.0, has operations that the server.s 2\.9 does not know: DisableCopyOnRead",
    remedy="server's version",
)
def graph_of_a_newer_tensorflow_that_is_never_loaded(path):
    """A warning: nothing shows that it has to be loaded."""
    newer = graph("MatMul", "DisableCopyOnRead", version="2.15.0")
    return good(path, **{"SubmissionModel/saved_model.pb": newer})


@bad("ENV02", file="net.keras", says=r"has the \.keras format", remedy=r"Save it as \.h5")
def file_of_a_newer_keras_that_is_never_loaded(path):
    """A warning, too."""
    return good(path, net__keras="PK")


@bad(
    "ENV03",
    file="net.h5",
    says=r"Lambda marshalled by Python 3\.11 or later; the server has 3\.9",
    remedy="custom_objects",
)
def lambda_of_a_newer_python_that_is_never_loaded(path):
    """A warning: load_weights does not look at it."""
    return good(path, net__h5=keras_lambda(BYTECODE_OF_3_11))


@bad(
    "ZIP11",
    file="old/best.h5",
    says=r"1\.5 MB never read, in 3 files such as 'old/best\.h5'",
    remedy="Leave them out",
)
def weights_that_nothing_opens(path):
    return good(path, **{"old/best.h5": bytes(1 << 20), "old/last.h5": bytes(1 << 19)})


@bad(
    "ENV02",
    file="model.py",
    line=6,
    says="Op type not registered 'DisableCopyOnRead'",
    remedy="server's version",
)
def graph_that_tensorflow_cannot_load(path):
    """Said as TensorFlow 2.9 does."""
    return failing_to_load(path, "Op type not registered 'DisableCopyOnRead' in binary running on host.")


@bad("ENV02", file="model.py", line=6, says="Unknown layer: GroupNormalization", remedy="server's version")
def layer_of_a_newer_keras(path):
    return failing_to_load(path, "Unknown layer: GroupNormalization. Please ensure this object is passed")


@bad(
    "ENV02",
    file="model.py",
    line=6,
    says="Unrecognized keyword arguments: .'batch_shape'",
    remedy="server's version",
)
def file_of_keras_3(path):
    return failing_to_load(path, "Unrecognized keyword arguments: ['batch_shape', 'optional']")


@bad("ENV03", file="model.py", line=6, says="Unknown layer: Scale", remedy="custom_objects")
def layer_of_its_own_that_keras_is_not_told(path):
    return failing_to_load(
        path, "Unknown layer: Scale. Please ensure this object is passed to the `custom_objects`"
    )


@bad("ENV03", file="model.py", line=6, says=r"ValueError: bad marshal data", remedy="custom_objects")
def lambda_of_a_newer_python(path):
    """Its code object cannot be loaded by any Python: it ends too early."""
    code = base64.b64encode(BYTECODE_OF_3_11).decode()
    body = f"__import__('marshal').loads(__import__('base64').b64decode({code!r}))"
    return good(
        path, model__py=MODEL.replace("self.path = path", body), net__h5=keras_lambda(BYTECODE_OF_3_11)
    )


def failing_to_load(path, text):
    """A submission whose constructor fails as load_model does with this text; no Keras is needed for that."""
    return good(path, model__py=MODEL.replace("self.path = path", f"raise ValueError({text!r})"))
