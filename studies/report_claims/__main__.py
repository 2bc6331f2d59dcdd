"""Measures what the report claims, on the contest's data, and writes docs/report_claims.md.

python -m studies.report_claims              trains what is still needed, then writes
python -m studies.report_claims --only NAME  trains this variant alone
python -m studies.report_claims --write      only writes
"""

import functools
import sys

from plants import commandline
from studies.report_claims import claims, document, variants
from studies.study import Study

STUDY = Study(
    module="studies.report_claims",
    variants=variants.VARIANTS,
    folder="claims",
    document="docs/report_claims.md",
    render=functools.partial(document.render, claims.CLAIMS),
)

if __name__ == "__main__":
    sys.exit(commandline.run(STUDY.main))
