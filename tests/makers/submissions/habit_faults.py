"""Zips whose code works on its author's machine only."""

from submissions.making import MODEL, RETURN, bad, good


@bad(
    "CON07",
    file="model.py",
    line=12,
    says=r"model\.py line 12: print\(\) runs at every import\. \(And 2 more like it\.\)",
    remedy="__name__ == '__main__'",
)
def work_at_the_top_level(path):
    """A warning. The training below the test of the name is none."""
    return good(
        path,
        model__py=MODEL
        + "\n\nprint('ready')\nfor path in ('a', 'b'):\n    print(path)\nWEIGHTS = 'C:/Users/me/best.h5'\n"
        + "if __name__ == '__main__':\n    model('/content/drive').fit()\n",
    )


@bad(
    "CON08",
    file="model.py",
    line=6,
    says=r"In model\(path\) \(model\.py, line 6\): FileNotFoundError: .*'SubmissionModel/weights\.txt'",
    remedy=r"os\.path\.join\(path, \.\.\.\)",
)
def file_looked_for_in_the_working_directory(path):
    return good(path, model__py=MODEL.replace("self.path = path", "open('SubmissionModel/weights.txt')"))


@bad(
    "CON08",
    file="model.py",
    line=6,
    says=r"FileNotFoundError: .*'/content/drive/MyDrive/best\.h5'",
    remedy=r"os\.path\.join\(path, \.\.\.\)",
)
def file_of_a_notebook(path):
    return good(path, model__py=MODEL.replace("self.path = path", "open('/content/drive/MyDrive/best.h5')"))


@bad(
    "CON08",
    file="model.py",
    line=6,
    says="No file or directory found at SubmissionModel",
    remedy=r"os\.path\.join\(path, \.\.\.\)",
)
def folder_that_keras_does_not_find(path):
    """Said as load_model does in Keras 2."""
    body = "raise OSError('No file or directory found at SubmissionModel')"
    return good(path, model__py=MODEL.replace("self.path = path", body))


@bad(
    "CON08",
    file="model.py",
    line=12,
    says=r"model\.py line 12: the path 'C:\\\\Users\\\\me\\\\w\.h5' exists on one machine only",
    remedy="constructor's path",
)
def path_of_one_machine_in_a_function_that_nobody_calls(path):
    """A warning."""
    return good(path, model__py=MODEL + "\n    def save(self):\n        open(r'C:\\Users\\me\\w.h5')\n")


@bad("ENV05", file="model.py", line=9, says="Device /GPU:0 is hard-coded", remedy="Leave the choice")
def asks_for_a_gpu(path):
    """A warning: TensorFlow takes the CPU where there is no GPU, unless told not to."""
    return good(
        path,
        model__py=MODEL.replace(RETURN, "if path_of(tf := None): tf.device('/GPU:0')\n        " + RETURN)
        + "\n\ndef path_of(tf):\n    return tf\n",
    )


@bad(
    "ENV05", file="model.py", line=9, says="Could not satisfy device specification", remedy="Leave the choice"
)
def insists_on_a_gpu(path):
    """Said as TensorFlow does with soft placement switched off."""
    text = "Could not satisfy device specification '/job:localhost/replica:0/task:0/device:GPU:0'."
    return good(path, model__py=MODEL.replace(RETURN, f'raise RuntimeError("{text}")'))


@bad("ENV05", file="model.py", line=10, says="IndexError: list index out of range", remedy="Leave the choice")
def takes_the_first_of_no_gpus(path):
    """Asked as TensorFlow is, which answers with an empty list."""
    lists = "\n\ndef list_physical_devices(kind):\n    return []\n"
    body = f"gpus = list_physical_devices('GPU')\n        self.gpu = gpus[0]\n        {RETURN}"
    return good(path, model__py=MODEL.replace(RETURN, body) + lists)


@bad(
    "CON07",
    file="model.py",
    says=r"The import of model\.py took \d\.\d s",
    remedy="__name__ == '__main__'",
    import_seconds=0.5,
)
def import_that_takes_its_time(path):
    """A warning."""
    return good(
        path,
        model__py="import time\nend = time.monotonic() + 1\nwhile time.monotonic() < end:\n    pass\n"
        + MODEL,
    )


@bad(
    "CON04",
    file="helper.py",
    line=1,
    says=r"helper\.py line 1: 'match' needs Python 3\.10 \(server profile: Python 3\.9\)",
    remedy="Python can read",
)
def helper_that_needs_a_newer_python(path):
    """The Python that runs it here can read it."""
    helper = "match 1:\n    case _:\n        pass\n"
    return good(path, model__py="import helper\n" + MODEL, helper__py=helper)


@bad(
    "CON04", file="unused.py", line=1, says=r"unused\.py line 1: 'match' needs Python 3\.10", remedy="Python"
)
def file_that_needs_a_newer_python_and_is_never_imported(path):
    """A warning."""
    return good(path, unused__py="match 1:\n    case _:\n        pass\n")


@bad(
    "ENV01",
    file="model.py",
    line=1,
    says=r"model\.py line 1: 'tomllib' is not in profile codalab-2022",
    remedy="Do without it",
)
def module_of_a_newer_python(path):
    """A warning: the Python that runs it here has it."""
    return good(path, model__py="import tomllib\n" + MODEL)
