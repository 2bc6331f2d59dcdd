"""In what one training differs from another, in words."""

import dataclasses

from plants.recipes import recipe as recipes

SAID_OF_A_RECIPE = {"summary", "minutes"}  # fields that decide nothing


@dataclasses.dataclass(frozen=True)
class Asked:
    """What decides a training."""

    recipe: recipes.Recipe
    seed: int
    images: str = ""  # content hash of the dataset; "" where it is not compared


def changes(there, now):
    """['dropout (0.3, now 0.5)', 'its images', ...]: in what two `Asked` differ that decides the weights."""
    changed = recipe_changes(there.recipe, now.recipe)
    if there.seed != now.seed:
        changed.append(f"seed ({there.seed}, now {now.seed})")
    return changed + (["its images"] if there.images != now.images else [])


def recipe_changes(there, now):
    """The fields of two recipes that decide the weights and differ, in words."""
    return _differing(recipes.to_dict(there), recipes.to_dict(now))


def record_changes(there, now):
    """In what two run.json differ that decides the weights, in words, wherever the data lay."""
    changed = _differing(there.get("recipe") or {}, now.get("recipe") or {})
    if there.get("seed") != now.get("seed"):
        changed.append(f"seed ({there.get('seed')}, now {now.get('seed')})")
    for said, part, name in (("images", "data", "content_hash"), ("split", "split", "hash")):
        if (there.get(part) or {}).get(name) != (now.get(part) or {}).get(name):
            changed.append(f"its {said}")
    one, other = ((record.get("fold"), record.get("class_groups")) for record in (there, now))
    return changed + (["its fold or classes"] if one != other else [])


def _differing(old, new):
    """Fields of two recipes, as dicts, in the order of the second one."""
    names = [
        name for name in {**new, **old} if name not in SAID_OF_A_RECIPE and old.get(name) != new.get(name)
    ]
    return [f"{name} ({_short(old.get(name))}, now {_short(new.get(name))})" for name in names]


def _short(value):
    return str(value) if len(str(value)) <= 40 else "..."
