"""Screens techniques of training, on the contest's data, and writes docs/techniques.md.

python -m studies.techniques              trains what is still needed, then writes
python -m studies.techniques --only NAME  trains this variant alone
python -m studies.techniques --write      only writes
"""

import functools
import sys

from plants import commandline
from studies.study import Study
from studies.techniques import document, pairs, variants

STUDY = Study(
    module="studies.techniques",
    variants=variants.VARIANTS,
    folder="techniques",
    document="docs/techniques.md",
    render=functools.partial(document.render, pairs.PAIRS),
)

if __name__ == "__main__":
    sys.exit(commandline.run(STUDY.main))
