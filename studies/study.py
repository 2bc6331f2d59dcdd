"""A study as a command: trains what has no record yet, then writes the document from the records."""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from plants import keras_settings
from plants.data import sources
from plants.errors import InputError
from studies import page
from studies.variant import Variant

ROOT = Path(__file__).parents[1]


@dataclasses.dataclass(frozen=True)
class Study:
    """What a study trains, and where it leaves what."""

    module: str  # as in python -m studies.report_claims
    variants: tuple[Variant, ...]
    folder: str  # the name of the one for its records in results/ and of the one for its runs in runs/
    document: str  # the path within the repository
    render: page.Render

    def main(self, argv: Sequence[str] | None = None) -> None:
        """The command. Raises InputError as `measuring.measure` does, and for an unknown variant."""
        options = self._parse(argv)
        if not options.write:
            self._train_missing(options, ["-m", self.module, *(sys.argv[1:] if argv is None else argv)])
        missing = page.write(ROOT / self.document, self.results, self.variants, self.render)
        print(f"wrote {self.document}; not trained yet: {', '.join(missing) or 'none'}")

    @property
    def results(self) -> Path:
        """Where the records lie."""
        return ROOT / "results" / self.folder

    def _parse(self, argv: Sequence[str] | None) -> argparse.Namespace:
        """The command line as a namespace; exits with code 2 on wrong usage."""
        parser = argparse.ArgumentParser(
            prog=f"python -m {self.module}",
            description=f"Trains the variants that have no record in results/{self.folder}, but for those "
            f"that another process is at; then writes {self.document}.",
        )
        parser.add_argument(
            "--data",
            metavar="PATH",
            help="the contest's zip or a folder of class folders; default: $CHALLENGE_DATA, then "
            "data/training_data_final(.zip)",
        )
        parser.add_argument(
            "--out", type=Path, metavar="DIR", help=f"of the runs; default: runs/{self.folder}"
        )
        parser.add_argument(
            "--only", nargs="+", metavar="NAME", help="train these variants alone; default: all"
        )
        parser.add_argument("--write", action="store_true", help="only write the document, train nothing")
        options = parser.parse_args(argv)
        if options.write and (options.data or options.out or options.only):
            parser.error("--write trains nothing, so --data, --out and --only have no effect: leave them out")
        return options

    def _train_missing(self, options: argparse.Namespace, command: Sequence[str]) -> None:
        chosen = self._chosen(options.only)
        keras_settings.require_backend()
        images = sources.open_contest_data(options.data)

        from studies import measuring  # Keras takes seconds to import; errors above need none

        folder = options.out or Path("runs") / self.folder
        measuring.measure(chosen, images, folder=folder, results=self.results, command=command)

    def _chosen(self, names: Sequence[str] | None) -> list[Variant]:
        """The variants of these names, in the order of the study; all without any."""
        known = [variant.name for variant in self.variants]
        for name in names or ():
            if name not in known:
                raise InputError(f"no variant {name!r}: expected names from {', '.join(known)}")
        return [variant for variant in self.variants if not names or variant.name in names]
