"""The faults a submission can have: code, level, cause and remedy, and how one is said."""

import dataclasses

REJECT, WARNING, HARNESS = "reject", "warning", "harness"

# Where one thing shows in several ways, the first family names its cause.
FAMILIES = ("HAR", "ZIP", "CON", "ENV", "RUN", "RES", "OUT", "SEC", "DET", "SEM", "LOG", "CMP")


@dataclasses.dataclass(frozen=True)
class Kind:
    """What is true of every fault of one code.

    `ends_check` is set where running the zip would only show symptoms of this very fault.
    """

    level: str
    cause: str
    remedy: str
    ends_check: bool = False


CATALOGUE = {
    "ZIP01": Kind(
        REJECT,
        "The server cannot unpack the file.",
        "Create the zip again and upload it whole.",
        ends_check=True,
    ),
    "ZIP02": Kind(
        REJECT,
        "The folder was zipped, not what is in it; the server looks for model.py in the root.",
        "Zip the contents, not the folder: 'cd' into it, then 'zip -r ../submission.zip .'.",
    ),
    "ZIP03": Kind(
        WARNING,
        "File managers and notebooks leave these behind; the server does not need them.",
        "Leave them out, or build the zip with build_submission.py.",
    ),
    "ZIP04": Kind(
        REJECT,
        "Unpacked as named, the entry would be written outside the submission's folder.",
        "Use relative names with forward slashes.",
        ends_check=True,
    ),
    "ZIP05": Kind(
        REJECT,
        "A link or device points outside the zip, and unzip programs treat it differently.",
        "Store the real file.",
        ends_check=True,
    ),
    "ZIP06": Kind(
        REJECT,
        "A zip that unpacks to far more than it should fills the server's disk.",
        "Pack only model.py, metadata and SubmissionModel/, each once.",
        ends_check=True,
    ),
    "ZIP07": Kind(
        REJECT,
        "Servers disagree on what such names unpack to.",
        "Give every entry one plain name of its own.",
        ends_check=True,
    ),
    "ZIP08": Kind(
        REJECT,
        "The server's unzip program cannot read such an entry.",
        "Use plain deflate without a password.",
        ends_check=True,
    ),
    "ZIP09": Kind(
        WARNING, "Old CodaLab unpacks a zip within the zip, Codabench does not.", "Store the folder itself."
    ),
    "ZIP12": Kind(
        REJECT,
        "The entry stands in for the real file, which was never downloaded.",
        "Fetch the real file (for Git LFS: 'git lfs pull') and build the zip again.",
        ends_check=True,
    ),
    "ZIP13": Kind(
        REJECT,
        "Unpacked with these permissions, the entry cannot be opened.",
        "Set the permissions (chmod -R u+rwX) and zip again.",
    ),
    "CON01": Kind(
        REJECT,
        "CodaLab would take the zip for a results upload and never run model.py.",
        "Add an empty file named exactly 'metadata' to the root of the zip.",
    ),
    "CON02": Kind(
        REJECT,
        "'command' makes the server run it as a program of its own instead of your model.",
        "Remove the line; an empty metadata file is enough.",
    ),
    "CON03": Kind(
        REJECT,
        "The server reads metadata as YAML and follows what it finds there.",
        "Use an empty file or one 'description:' line.",
    ),
    "CON04": Kind(
        REJECT,
        "The server imports model.py from the root of the zip with its own Python.",
        "Put a model.py that this Python can read into the root of the zip.",
        ends_check=True,
    ),
    "CON05": Kind(
        REJECT,
        "The server looks this class up in model.py by its exact name.",
        "Give the class the name that the profile asks for.",
    ),
    "CON06": Kind(
        REJECT,
        "The server calls the constructor and predict with these arguments and no others.",
        "Make every further argument optional.",
    ),
    "CON09": Kind(
        REJECT,
        "TensorFlow loads a SavedModel only if all of its files are there.",
        "Copy the whole SavedModel folder into the zip, saved_model.pb and all of variables/.",
        ends_check=True,
    ),
    "ENV01": Kind(
        REJECT,
        "The server's image does not have this module, and submissions cannot install any.",
        "Do without it, or put its Python source into the zip.",
    ),
    "ENV06": Kind(
        REJECT,
        "The submission's folder comes first on the server's path, so its module is found instead.",
        "Rename the file or folder.",
        ends_check=True,
    ),
    "RUN01": Kind(
        REJECT,
        "The code raised an exception; on the server the run ends there.",
        "Correct the line that is named.",
    ),
    "RUN02": Kind(
        REJECT,
        "The process ended by itself, so there is nothing to score.",
        "Return the answers from predict; remove exit calls, and look at the end of the output for a crash.",
    ),
    "RES03": Kind(
        REJECT,
        "The server ends a submission at its time limit and gives it no score.",
        "Predict in batches, use fewer views or a smaller net.",
    ),
    "OUT01": Kind(
        REJECT,
        "The answers do not convert to whole numbers, one class index per image.",
        "Return a one-dimensional array or tensor of integers, such as tf.argmax(out, axis=-1).",
    ),
    "OUT02": Kind(
        REJECT,
        "These are scores per class; the contest wants the index of the best class.",
        "Return tf.argmax(out, axis=-1).",
    ),
    "OUT03": Kind(
        REJECT,
        "The contest wants one class index per image, in the order of X.",
        "Return an array of shape (N,) for N images, the last partial batch included.",
    ),
    "OUT04": Kind(
        REJECT, "Answers outside the classes cannot be scored.", "Return class indices, counted from 0."
    ),
    "SEM03": Kind(
        WARNING,
        "The net answers nearly the same whatever it sees: it may be untrained, or its input "
        "may be scaled differently from training.",
        "Check that the trained weights are loaded and that pixels are scaled as in training.",
    ),
    "SEM04": Kind(
        WARNING,
        "The net has seen these images with their labels, so the score is not an estimate.",
        "Score on images the net was not trained on: --split test with the data and split of the training.",
    ),
    "LOG01": Kind(
        WARNING,
        "Servers cut long logs, and writing them takes time.",
        "Remove the prints, or pass verbose=0 to predict.",
    ),
    "HAR02": Kind(
        HARNESS,
        "The harness could not do its work; this says nothing about the submission.",
        "Mend what is named and score again.",
    ),
}


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing wrong with one submission; `file` is a name within the zip, `line` counts from 1."""

    code: str
    level: str
    message: str
    file: str | None
    line: int | None
    cause: str
    remedy: str

    @property
    def rejects(self):
        return self.level == REJECT

    def to_dict(self):
        return dataclasses.asdict(self)

    def __str__(self):
        mark = " W:" if self.level == WARNING else ""
        return f"{self.code}{mark} {self.message} {self.cause} {self.remedy}"


def fault(code, message, *, file=None, line=None, **changes):
    """The fault of this code; `changes` replaces the catalogue's level, cause or remedy."""
    kind = CATALOGUE[code]
    words = {"level": kind.level, "cause": kind.cause, "remedy": kind.remedy, **changes}
    return Fault(
        code=code,
        message=one_line(message),
        file=None if file is None else one_line(file),
        line=line,
        **{key: one_line(text) for key, text in words.items()},
    )


def one_line(text, limit=600):
    """`text` fit for one line of a terminal: no control characters, at most `limit` characters.

    Messages quote names and exceptions of the submission, which may hold anything.
    """
    words = " ".join(str(text).split())
    clean = "".join(char if char.isprintable() else "?" for char in words)
    return clean if len(clean) <= limit else clean[: limit - 3] + "..."


def markdown():
    """The catalogue as docs/faults.md shows it; `python -m plants.harness.faults` prints it."""
    rows = [f"| {code} | {kind.level} | {kind.cause} | {kind.remedy} |" for code, kind in CATALOGUE.items()]
    return "\n".join(
        [
            "# Faults",
            "",
            "What `score.py` finds in a submission. A *reject* is what the server would fail on, or what",
            "cannot be scored; a *warning* leaves the score standing; a *harness* fault is never the",
            "submission's. Where one thing shows in several ways, its cause is named: ZIP before CON, ENV,",
            "RUN, RES, OUT, SEM. ENV01, ENV06 and ZIP12 are warnings where the server may well not mind.",
            "",
            "Whether model.py is too new for the server's Python is told as far as the Python that runs",
            "`score.py` can: 3.12 does not tell f-strings that need 3.12 from older ones.",
            "",
            "| code | level | why it matters | what to do |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def in_order(faults):
    """The faults, causes before symptoms."""
    return sorted(faults, key=lambda found: (FAMILIES.index(found.code[:3]), found.code))


if __name__ == "__main__":
    print(markdown(), end="")
