"""The questions of the probes as people read them, on the page and in notes and faults."""

WORDS = {
    "main": "all images in one call",
    "again": "in another order",
    "sorted": "sorted by class",
    "sevens": "in batches of 7",
    "ones": "one by one",
    "eight": "8 in one call",
    "noise": "random noise instead",
    "shifted": "shifted by one pixel",
    "re-encoded": "packed as JPEG once more",
    "renewed": "of a new instance",
    "repeat": "repeated",
    "neighbours": "with other images beside them",
    "fresh": "in a new process",
    "fresh sorted": "in a new process, sorted by class",
    "fresh shifted": "in a new process, shifted by one pixel",
    "fresh re-encoded": "in a new process, packed as JPEG once more",
    "other": "in another new process",
    "one core": "in one thread",
    "hidden 0": "in a new process, with noise instead",
    "hidden 1": "in a new process, with gray instead",
    "many": "in a new process, all images and one of them twice",
    "many noise": "all and one twice, with noise instead",
    "many shifted": "all and one twice, shifted by one pixel",
    "many re-encoded": "all and one twice, packed as JPEG once more",
    "main again": "in a new process, all images",
}
X_KINDS = ("tensor", "array")


def in_words(name: str) -> str:
    """What the call `name` asks: "neighbours 0 again" -> "with other images beside them, 1, once more".

    Raises KeyError for a question that has no words here.
    """
    first, _, last = name.rpartition(" ")
    if name in WORDS:
        return WORDS[name]
    if last in X_KINDS:  # "uint8 tensor"
        return f"X as a {name}"
    if last == "again":
        return f"{in_words(first)}, once more"
    if first in WORDS and last.isdigit():  # "repeat 0"
        return f"{WORDS[first]}, {int(last) + 1}"
    raise KeyError(f"a question without words: {name!r}")
