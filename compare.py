"""Trains recipes on the same images and compares them, or measures the claims of the report.

python compare.py default smoke --folds 3 --seeds 2
python compare.py --claims
"""

import argparse
import sys
from pathlib import Path

from plants import commandline, files, locks
from plants.data import sources
from plants.recipes import catalog
from plants.recipes.overrides import override


def parse(argv):
    """The command line as a namespace; exits with code 2 on wrong usage."""
    parser = argparse.ArgumentParser(prog="compare.py", description=__doc__.splitlines()[0])
    parser.add_argument(
        "recipes", nargs="*", metavar="RECIPE", help="names, or recipe files; each is compared with the first"
    )
    parser.add_argument("--folds", type=int, metavar="K", help="of the development part, the same for all")
    parser.add_argument(
        "--seeds",
        type=commandline.whole_number(1),
        default=1,
        metavar="N",
        help="0 to N-1 for each; default: 1",
    )
    commandline.add_data_and_settings(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="default: runs/comparison; for --claims: runs/claims"
    )
    parser.add_argument(
        "--claims",
        action="store_true",
        help="train what the claims of the report still need, and write docs/report_claims.md",
    )
    parser.add_argument("--write", action="store_true", help="with --claims: only write, train nothing")
    options = parser.parse_args(argv)
    if options.claims == bool(options.recipes):
        parser.error("expected either RECIPE ... or --claims")
    if options.claims and (options.folds or options.seeds != 1 or options.set):
        parser.error("--claims has its own recipes, folds and seeds")
    if options.write and not options.claims:
        parser.error("--write goes with --claims")
    if options.write and (options.data or options.out):
        parser.error("--write trains nothing, so --data and --out have no effect: leave them out")
    return options


def compare(options, command):
    """Trains every recipe with every seed; writes the comparison after each seed, and prints the last."""
    from plants.comparison import side_by_side, summary_page

    changes = options.set + ([] if options.folds is None else [f"folds={options.folds}"])
    recipes = [override(catalog.by_name(name), *changes) for name in options.recipes]
    side_by_side.refuse_unpaired(recipes)
    images = sources.open_dataset(options.data, announce=commandline.aside)

    from plants.comparison import trainings  # Keras takes seconds to import; errors above need none

    folder = options.out or Path("runs/comparison")
    for entries in trainings.of_recipes(
        recipes, range(options.seeds), images, folder=folder, command=command
    ):
        summary = side_by_side.summarise(entries)
        if others := summary_page.of_other_recipes(folder, recipes):
            commandline.aside(
                f"{folder / summary_page.MARKDOWN} compared {others}: replaced; its runs are kept"
            )
        summary_page.write(folder, summary)
    written = f"{folder / summary_page.MARKDOWN}, {summary_page.RECORD} and {summary_page.PICTURE}"
    print(f"\n{summary_page.markdown(summary)}\nwrote {written}")


def measure_claims(options, command):
    """Trains the variants that have no record yet, but for those that another process is at."""
    images = sources.open_contest_data(options.data)

    from studies.report_claims import measuring, records, variants

    places = {"folder": options.out or Path("runs/claims"), "results": records.FOLDER}
    list(measuring.measure(variants.VARIANTS, images, command=command, **places))


def write_document():
    """Writes docs/report_claims.md from results/claims. The names of the variants that are missing."""
    from studies.report_claims import claims, document, records, variants

    with locks.held(document.PATH.parent, wait=True):
        measured = records.read_all(records.FOLDER, variants.VARIANTS)
        text = document.render(claims.CLAIMS, variants.VARIANTS, measured)
        with files.whole_file(document.PATH) as partial:
            partial.write_text(text, encoding="utf-8")
    return [variant.name for variant in variants.VARIANTS if variant.name not in measured]


def main(argv=None):
    options = parse(argv)
    command = ["compare.py", *(sys.argv[1:] if argv is None else argv)]
    if not options.claims:
        return compare(options, command)
    if not options.write:
        measure_claims(options, command)
    missing = write_document()
    print(f"wrote docs/report_claims.md; not trained yet: {', '.join(missing) or 'none'}")


if __name__ == "__main__":
    sys.exit(commandline.run(main))
