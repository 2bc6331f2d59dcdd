"""What is to be run in a sandbox, and what it may use there."""

import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one child, and all that it starts, may use."""

    cpu_seconds: float  # computed by all threads and processes together
    memory_bytes: int  # resident, of all processes together
    processes: int  # processes and threads together
    open_files: int  # of each process
    tmp_bytes: int  # in the temporary folder; no single file may be larger, either
    works_in_submission: bool = False  # working directory: the submission's folder, or a temporary one
    requires_walls: bool = False  # whether to refuse where nothing but limits works


@dataclasses.dataclass(frozen=True)
class SandboxSpec:
    """A submission that is to be run, and what it may use."""

    workdir: Path  # a new folder of the harness, for this child alone
    submission: Path
    interpreter: str  # its path: absolute, without `.` and `..`, its links not followed
    limits: Limits
    hidden: tuple[Path, ...] = ()  # paths that the child must not see
