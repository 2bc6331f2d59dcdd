"""What a search looks for, and where it keeps what it finds."""

import dataclasses
from pathlib import Path

import optuna

from plants.data.dataset import Dataset
from plants.errors import InputError
from plants.junk import is_junk
from plants.recipes.recipe import Recipe

STUDY_FILE, TRIALS, OWNERS = "study.db", "trials", "owners"
BEST, TABLE = "best.json", "trials.csv"
HISTORY, IMPORTANCE = "history.png", "importance.png"


@dataclasses.dataclass(frozen=True, eq=False)
class SearchPlan:
    """A search: trials around a recipe, in a study of that name in a storage.

    The folder holds study.db        the study, unless `storage` is another database
                     trials/<n>/     the run folder of the best trial, and of those that run
                     trials.csv      a line per trial
                     best.json       the best recipe
                     history.png     validation accuracy per trial
                     importance.png  the share of each parameter in its variance
    """

    recipe: Recipe
    dataset: Dataset
    folder: Path
    study: str  # its name in the storage
    num_trials: int  # in all: those of earlier calls count
    seed: int = 0  # of the draws, and of every training
    storage: str = ""  # URL of a database; default: an SQLite file in the folder
    command: tuple[str, ...] = ()  # for the record of each run

    @property
    def url(self) -> str:
        """The storage's, with its password if it has one."""
        return self.storage or f"sqlite:///{(self.folder / STUDY_FILE).as_posix()}"

    def trial_folder(self, number: int) -> Path:
        """The run folder of a trial that this search trains."""
        return self.folder / TRIALS / f"{number:04d}"

    def make_folder(self) -> list[Path]:
        """Makes the folder; returns what of it and its parents was not there, the innermost first.

        Raises InputError if it cannot be made, or is there and holds other things.
        """
        ours = {STUDY_FILE, TRIALS, OWNERS, BEST, TABLE, HISTORY, IMPORTANCE}
        try:
            made = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
            self.folder.mkdir(parents=True, exist_ok=True)
            names = [path.name for path in self.folder.iterdir()]
        except OSError as error:
            raise InputError(
                f"cannot search in {self.folder}: {error.strerror or error}; choose another --out"
            ) from error
        # SQLite and half-written files have names that begin like those of the whole ones.
        if foreign := [name for name in names if not name.startswith(tuple(ours)) and not is_junk(name)]:
            raise InputError(
                f"{self.folder} holds {min(foreign)!r} and is no folder of a search: choose another --out"
            )
        return made

    def refuse_runs_of_another(self, study: optuna.Study) -> None:
        """Raises InputError if a study without trials meets run folders: trials of one that is gone."""
        if any((self.folder / TRIALS).glob("*")) and not study.get_trials(deepcopy=False):
            raise InputError(
                f"{self.folder / TRIALS} holds runs, but the study {self.study!r} has no trials yet: choose "
                "another --out, or move them away first"
            )
