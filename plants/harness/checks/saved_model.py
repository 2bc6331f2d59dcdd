"""What stands in a saved_model.pb: the operations of its graph and the TensorFlow that wrote it."""

import dataclasses
from collections.abc import Iterable

from plants.harness.checks import protobuf

# Field numbers of tensorflow/core/protobuf/saved_model.proto and of what it includes.
NODE: protobuf.Fields = {2: "op"}  # of a NodeDef
GRAPH: protobuf.Fields = {1: NODE, 2: {1: {3: NODE}}}  # a GraphDef: its nodes, and those of its functions
SAVED_MODEL: protobuf.Fields = {2: {1: {5: "version"}, 2: GRAPH}}
# They reach files or run Python; what layers save and load their own variables with is not among them.
REACHING_OUT = frozenset(
    """
    EagerPyFunc FixedLengthRecordDataset FixedLengthRecordDatasetV2 FixedLengthRecordReader
    FixedLengthRecordReaderV2 ImmutableConst LoadDataset MatchingFiles MatchingFilesDataset PyFunc
    PyFuncStateless ReadFile SaveDataset SaveDatasetV2 TextLineDataset TextLineReader TextLineReaderV2
    TFRecordDataset TFRecordDatasetV2 TFRecordReader TFRecordReaderV2 WholeFileReader WholeFileReaderV2
    WriteFile
    """.split()
)


@dataclasses.dataclass
class Graph:
    """`version` as TensorFlow says it, such as "2.9.3", or None; `ops` are names of operations."""

    version: str | None = None
    ops: set[str] = dataclasses.field(default_factory=set)


def read(pieces: Iterable[bytes], size: int) -> Graph:
    """The Graph in a file of `size` bytes that comes in `pieces`; an empty one where it is no SavedModel."""
    graph = Graph()
    try:
        for label, content in protobuf.leaves(pieces, SAVED_MODEL, size):
            if label == "op":
                graph.ops.add(content.decode())
            else:
                graph.version = content.decode()
    except (protobuf.Malformed, UnicodeError):
        pass  # what was read until there may still tell something
    return graph
