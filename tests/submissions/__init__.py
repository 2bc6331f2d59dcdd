"""Small zips that are known to be good, or bad in one known way; each is made by a readable builder."""

from submissions import (
    contract_faults,
    meaning_faults,
    model_faults,
    output_faults,
    run_faults,
    trust_faults,
    zip_faults,
)
from submissions.making import CASES

__all__ = [
    "CASES",
    "contract_faults",
    "meaning_faults",
    "model_faults",
    "output_faults",
    "run_faults",
    "trust_faults",
    "zip_faults",
]
