"""CON and ENV: the layout of the zip, its contract with the server, and what the server has."""

from plants.harness.faults.definition import REJECT, WARNING, Kind

STARTING = {
    "CON01": Kind(
        REJECT,
        "No metadata",
        "CodaLab would take the zip for a results upload and never run model.py.",
        "Add an empty file named exactly 'metadata' to the root of the zip.",
    ),
    "CON02": Kind(
        REJECT,
        "Command in metadata",
        "'command' makes the server run it as a program of its own instead of your model.",
        "Remove the line; an empty metadata file is enough.",
    ),
    "CON03": Kind(
        REJECT,
        "Metadata of another form",
        "The server reads metadata as YAML and follows what it finds there.",
        "Use an empty file or one 'description:' line.",
    ),
    "CON04": Kind(
        REJECT,
        "No model.py that Python can read",
        "The server imports model.py from the root of the zip with its own Python.",
        "Put a model.py that this Python can read into the root of the zip.",
        ends_check=True,
        milder="another .py file than model.py, which may never be imported",
    ),
    "CON05": Kind(
        REJECT,
        "No class of the right name",
        "The server looks this class up in model.py by its exact name.",
        "Give the class the name that the profile asks for.",
    ),
    "CON06": Kind(
        REJECT,
        "Other arguments than the server passes",
        "The server calls the constructor and predict with these arguments and no others.",
        "Make every further argument optional.",
    ),
    "CON07": Kind(
        WARNING,
        "Work at the top level of model.py",
        "Code outside functions and classes runs on the server at every import, in its time and on its disk.",
        "Delete it, or put it below \"if __name__ == '__main__':\".",
    ),
    "CON08": Kind(
        REJECT,
        "Path that holds on one machine only",
        "The server works in a folder of its own; what lies in the zip lies in the folder it passes as path.",
        "Use os.path.join(path, ...) with the constructor's path.",
        milder="a path that stands in the code, of which no run has shown that it is used",
    ),
    "CON09": Kind(
        REJECT,
        "Part of a SavedModel is missing",
        "TensorFlow loads a SavedModel only if all of its files are there.",
        "Copy the whole SavedModel folder into the zip, saved_model.pb and all of variables/.",
        ends_check=True,
    ),
    "ENV01": Kind(
        REJECT,
        "Module that the server lacks",
        "The server's image does not have this module, and submissions cannot install any.",
        "Do without it, or put its Python source into the zip.",
        milder="an import of a module that is not on the server's list, but did not fail",
    ),
    "ENV02": Kind(
        REJECT,
        "Saved by a newer TensorFlow or Keras",
        "The server's TensorFlow does not know what a newer one wrote into the model.",
        "Save the model with the server's version of TensorFlow and Keras.",
        milder="a model that is marked as newer, but was not shown to fail",
    ),
    "ENV03": Kind(
        REJECT,
        "Code that was saved with the model does not load",
        "Keras saves a Lambda as bytecode of one Python version, and of other own classes only the names.",
        "Rebuild the net in model.py and load its weights, or pass custom_objects to load_model.",
        milder="a Lambda of another Python's bytecode, which was not shown to fail",
    ),
    "ENV04": Kind(
        REJECT,
        "Needs the network",
        "Submissions run without internet access, so nothing can be downloaded there.",
        "Put the file into the zip (weights=None, then load_weights from path).",
    ),
    "ENV05": Kind(
        REJECT,
        "Needs a GPU",
        "The server may run submissions on a CPU only.",
        "Leave the choice of the device to TensorFlow, and predict in float32.",
        milder="a device or a precision that stands in the code, but was not shown to fail",
    ),
    "ENV06": Kind(
        REJECT,
        "Hides a module of Python or of a library",
        "The submission's folder comes first on the server's path, so its module is found instead.",
        "Rename the file or folder.",
        ends_check=True,
        milder="a module that the server has not loaded before the submission",
    ),
    "ENV07": Kind(
        REJECT,
        "Writes where it may not",
        "The submission's folder can only be read on the server.",
        "Write into the folder of tempfile.gettempdir(), or do without the file.",
    ),
}
