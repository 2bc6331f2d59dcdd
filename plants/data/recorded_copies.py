"""Pairs of the contest's photos that were one scene to the rule that went before, and are not to today's.

The one pair is a plant seen from beside where it was seen before, the other one in harder light: more than
a shift and a gain. They stay together, so that the split is the one of all figures on record.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

PAIRS = (  # sha256 of the pixels
    (
        "3ba6af5a00eda86b203c90939ac5937821ce180b63d28310061f5f11367f1cd3",  # Species4/00314.jpg
        "05975bf162034d0a65d2f21b7000506ecb2e110db3043563c8b9e42cfdd26653",  # Species4/00416.jpg
    ),
    (
        "cf88c4c30fe8b2c124cd4473bc4af3143df562d14eae5e4f77c093d3b40c6f25",  # Species7/00006.jpg
        "cbe7826740828abe352b49833d063c45d84344d1afbda9e110896619379c37aa",  # Species7/00291.jpg
    ),
)


def among(shas: Sequence[str], others: Sequence[str]) -> npt.NDArray[np.int64]:
    """(m, 2): the indices of the one and the other of such pairs, either way round."""
    here, there = ({sha: index for index, sha in enumerate(some)} for some in (shas, others))
    both_ways = [*PAIRS, *((other, one) for one, other in PAIRS)]
    found = [(here[one], there[other]) for one, other in both_ways if one in here and other in there]
    return np.array(found, np.int64).reshape(-1, 2)
