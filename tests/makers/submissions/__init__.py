"""Small zips that are known to be good, or bad in one known way; each is made by a readable builder."""

import importlib
import pkgutil

from submissions.making import CASES

__all__ = ["CASES"]

for found in pkgutil.iter_modules(__path__):  # each registers its cases
    importlib.import_module(f"{__name__}.{found.name}")
