"""Which images a zip is scored on, and under which class numbers."""

import dataclasses

from plants.data import splits
from plants.data.dataset import Dataset
from plants.harness.checks.read_manifest import Manifest, OtherClasses


@dataclasses.dataclass(frozen=True, eq=False)
class Subject:
    """What a zip is scored on: the images, their hash, what the zip claims, and all images at hand."""

    dataset: Dataset
    split_sha256: str
    claims: Manifest | None
    known: Dataset


class Examples:
    """The part "test" (held-out) or "all" of one dataset; each split is made only once."""

    def __init__(self, dataset, part):
        self.whole, self._part = dataset, part
        self._splits = {}

    def chosen_for(self, manifest):
        """(Subject, notes) for a zip with this manifest, or None; its split seed decides the split.

        Raises OtherClasses where the zip and the data do not know the same classes.
        """
        if manifest:
            _refuse_unknown_classes(self.whole, manifest.class_names)
        if self._part == "all":
            return Subject(self.whole, self.whole.content_hash, manifest, self.whole), []
        split = self._split(manifest.split_seed if manifest else 0)
        notes = []
        if manifest and manifest.holdout and manifest.split_hash != split.hash:
            notes.append(
                f"the split of {self.whole.source} is not the one the zip was trained with: "
                "other images, so 'held-out' means less here (see SEM04 for what was trained on)"
            )
        return Subject(self.whole.subset(split.held_out), split.hash, manifest, self.whole), notes

    def _split(self, seed):
        if seed not in self._splits:
            self._splits[seed] = splits.split(self.whole, seed)
        return self._splits[seed]


def _refuse_unknown_classes(dataset, class_names):
    unknown = [name for name in dataset.class_names if name not in class_names]
    if unknown:
        raise OtherClasses(
            f"{dataset.source}: class {unknown[0]!r} is none of the zip's ({', '.join(class_names)}); "
            "score with --data on the images it was made for"
        )
