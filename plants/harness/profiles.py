"""Contract profiles: what one contest's server calls, gives, allows and has installed."""

import dataclasses

from plants.sandbox.limits import Limits

GIB = 2**30

# Stated nowhere; a name missing here is a warning, and only a failing import rejects.
LIBRARIES = tuple(
    """
    tensorflow keras numpy scipy sklearn pandas matplotlib seaborn PIL h5py yaml tqdm absl google.protobuf
    six packaging typing_extensions wrapt tensorboard opt_einsum astunparse gast termcolor joblib
    """.split()
)
WITH_KERAS_2 = ("tensorflow_estimator",)  # what TensorFlow requires up to 2.15, and from 2.16 on
WITH_KERAS_3 = ("ml_dtypes", "optree", "namex", "rich")
# Operations of TensorFlow 2.21 that a net may hold and that TensorFlow 2.9.3 does not have.
NEWER_THAN_2_9 = frozenset(
    """
    ApproxTopK CheckPinned CollectiveAllToAllV2 CollectiveReduceScatterV2 Conv Conv2DBackpropFilterV2
    Conv2DBackpropInputV2 DatasetFingerprint DebugIdentityV3 DecodeWebP DisableCopyOnRead DistributedSave
    DumpTensor FFTND GlobalShuffleDataset IFFTND IndexFlatMapDataset IRFFTND ListDataset
    ListSnapshotChunksDataset RaggedFillEmptyRows RaggedFillEmptyRowsGrad RandomDatasetV2 RegisterDatasetV2
    RewriteDataset RFFTND SegmentMaxV2 SegmentMinV2 SegmentProdV2 SegmentSumV2 SnapshotChunkDataset
    SparseSegmentMeanGradV2 SparseSegmentSqrtNGradV2 SparseSegmentSumGradV2 StatelessRandomGammaV3
    StatelessShuffle StochasticCastToInt SyncDevice UniformDequantize UniformQuantize UniformQuantizedAdd
    UniformQuantizedClipByValue UniformQuantizedConvolution UniformQuantizedConvolutionHybrid
    UniformQuantizedDot UniformQuantizedDotHybrid UniformRequantize WeightedFlatMapDataset XlaCallModule
    XlaCustomCallV2 XlaLaunchV2 XlaReducePrecision
    """.split()
)
# The same of TensorFlow 2.17.
NEWER_THAN_2_17 = frozenset({"CheckPinned", "DecodeWebP"})


@dataclasses.dataclass(frozen=True)
class Profile:
    """One server. What the contest leaves open is answered here, each in one field.

    Fields that one contest's server may have otherwise than another's have no default; those below are
    what this harness allows, whatever the contest.
    """

    name: str  # as --profile has it
    class_name: str  # the class that the server looks up in model.py
    passes_path: bool  # whether the class is called with the submission's folder
    runs_in_submission: bool  # working directory: the submission's folder, or elsewhere
    input_kind: str  # "tensor": TensorFlow float32, loaded before model.py is; "array": numpy float32
    needs_metadata: bool  # whether a zip without is taken for results
    metadata_names: tuple[str, ...]  # the first that is there counts
    strict_metadata: bool  # whether unreadable metadata fails the submission, and addresses are followed
    python: tuple[int, int]  # the newest syntax model.py may use
    tensorflow: tuple[int, int]  # the newest that a saved model may need
    unknown_ops: frozenset[str]  # operations that this TensorFlow does not have
    libraries: tuple[str, ...]  # modules that it has installed
    compression_methods: tuple[int, ...]  # zip methods; 0 stored, 8 deflate, 12 bzip2, 14 lzma
    upload_limit_bytes: int  # of the zip itself
    unpacked_limit_bytes: int  # of all files of the zip together
    time_limit_seconds: float  # wall clock, for import, constructor and predict together
    cpu_limit_seconds: float  # of all threads and processes together: four cores, all the time
    import_seconds: float  # for model.py; longer is work at its top level
    memory_limit_bytes: int = 8 * GIB  # resident, of all processes together
    process_limit: int = 512  # processes and threads together; TensorFlow starts some for each core
    open_files_limit: int = 1024  # of each process
    output_limit_bytes: int = 1 << 20  # printed to stdout and stderr; more is a warning
    tmp_limit_bytes: int = 2 * GIB  # written to the temporary folder
    requires_isolation: bool = False  # whether to refuse where nothing but limits works
    entries_limit: int = 10_000  # files and folders in the zip
    expansion_limit: float = 250.0  # unpacked bytes per zipped byte; looked at above 256 MiB

    @property
    def constructor_call(self) -> str:
        """How the server makes an instance, as Python has it."""
        return f"{self.class_name}({'path' if self.passes_path else ''})"

    def describe_limits(self) -> str:
        """What the server allows, in a few words."""
        sizes = {
            "of memory": self.memory_limit_bytes,
            "to upload": self.upload_limit_bytes,
            "unpacked": self.unpacked_limit_bytes,
        }
        amounts = ", ".join(f"{size / GIB:.3g} GB {what}" for what, size in sizes.items())
        return f"{self.time_limit_seconds:g} s, {amounts}"

    @property
    def sandbox_limits(self) -> Limits:
        """What the sandbox holds a submission to."""
        return Limits(
            cpu_seconds=self.cpu_limit_seconds,
            memory_bytes=self.memory_limit_bytes,
            processes=self.process_limit,
            open_files=self.open_files_limit,
            tmp_bytes=self.tmp_limit_bytes,
            works_in_submission=self.runs_in_submission,
            requires_walls=self.requires_isolation,
        )

    def lists(self, module: str) -> bool:
        """Whether a dotted module, or a package that it lies in, is in the library list."""
        parts = module.split(".")
        return any(".".join(parts[:length]) in self.libraries for length in range(1, len(parts) + 1))


# Its worker runs under Python 2, whose zipfile knows two methods, takes a zip without metadata for
# results, and fails on metadata that it cannot follow.
CODALAB_2022 = Profile(
    name="codalab-2022",
    class_name="model",
    passes_path=True,
    runs_in_submission=False,
    input_kind="tensor",
    needs_metadata=True,
    metadata_names=("metadata",),
    strict_metadata=True,
    python=(3, 9),
    tensorflow=(2, 9),
    unknown_ops=NEWER_THAN_2_9,
    libraries=(*LIBRARIES, *WITH_KERAS_2, "keras_preprocessing"),
    compression_methods=(0, 8),
    upload_limit_bytes=2 * GIB,  # CodaLab's own 300 MB are raised on request
    unpacked_limit_bytes=8 * GIB,
    time_limit_seconds=300.0,
    cpu_limit_seconds=1200.0,
    import_seconds=20.0,
)
# The same server and worker a year later; X is an array, and participants' notebooks ran Colab's TensorFlow.
CODALAB_2023 = dataclasses.replace(
    CODALAB_2022,
    name="codalab-2023",
    input_kind="array",
    python=(3, 10),
    tensorflow=(2, 14),
    unknown_ops=NEWER_THAN_2_17,
    libraries=(*LIBRARIES, *WITH_KERAS_2),
    import_seconds=60.0,  # model.py is the first to load TensorFlow
)
# Its worker goes on without metadata and where that is no YAML mapping, looks for metadata.yaml first, and
# unpacks with Python 3's zipfile; the program that the contest runs calls the class.
CODABENCH_2024 = Profile(
    name="codabench-2024",
    class_name="Model",
    passes_path=False,
    runs_in_submission=True,
    input_kind="array",
    needs_metadata=False,
    metadata_names=("metadata.yaml", "metadata"),
    strict_metadata=False,
    python=(3, 11),
    tensorflow=(2, 17),
    unknown_ops=NEWER_THAN_2_17,
    libraries=(*LIBRARIES, *WITH_KERAS_3),
    compression_methods=(0, 8, 12, 14),
    upload_limit_bytes=15 * GIB,  # a participant's quota; there is no limit for one file
    unpacked_limit_bytes=30 * GIB,
    time_limit_seconds=600.0,
    cpu_limit_seconds=2400.0,
    import_seconds=60.0,  # model.py is the first to load TensorFlow
)
PROFILES = {profile.name: profile for profile in (CODALAB_2022, CODALAB_2023, CODABENCH_2024)}
