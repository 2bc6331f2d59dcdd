"""How zips are judged: what the command line asks for."""

import dataclasses
from pathlib import Path

from plants.harness.profiles import Profile


@dataclasses.dataclass(frozen=True)
class JudgeOptions:
    """The options of one judging, the same for every zip."""

    profile: Profile  # the server to be like
    # The Pythons that run a submission, as paths or commands; None is this one. The first gives the verdict,
    # each other one a row, and DET04 where its answers differ.
    interpreters: tuple[str | None, ...] = (None,)
    against: Path | None = None  # the zip that others are compared with; None: the first that is scored
    thorough: bool = False  # whether to probe on all images, not only on a subset
    probabilities: bool = False  # whether to ask for those of the answers, too, as the page shows them
    ledger: Path | None = None  # the file that scores are entered in
