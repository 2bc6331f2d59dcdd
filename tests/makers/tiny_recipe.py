"""A recipe of two phases for tests of recipes, and how one is refused."""

import pytest

from plants.errors import InputError
from plants.recipes.recipe import Phase, Recipe

PHASES = (Phase("first", 3, 1e-3, 64), Phase("second", 5, 1e-4, 96))
RECIPE = Recipe("tiny-one", "for tests", 1.0, PHASES, image_size=96)


def refused(message, function, *arguments):
    """Calling the function is refused with this message, in one line."""
    with pytest.raises(InputError, match=message) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
