"""Zips that unpack well but do not hold what the server looks for."""

from submissions.making import MODEL, RETURN, bad, good


@bad("CON01", says="No 'metadata' in the root", remedy="Add an empty file")
def no_metadata(path):
    return good(path, metadata=None)


@bad("CON01", says="only 'metadata.txt'", remedy="named exactly 'metadata'")
def metadata_with_a_suffix(path):
    return good(path, metadata=None, metadata__txt="")


@bad("CON01", says="only 'Metadata'", remedy="named exactly 'metadata'")
def metadata_with_a_capital(path):
    return good(path, metadata=None, Metadata="")


@bad("CON01", says="'metadata' is a folder", remedy="Add an empty file")
def metadata_as_a_folder(path):
    return good(path, **{"metadata": None, "metadata/": ""})


@bad("CON02", file="metadata", line=2, says="metadata has a 'command'", remedy="Remove the line")
def metadata_with_a_command(path):
    return good(path, metadata="description: mine\ncommand: python model.py\n")


@bad("CON03", file="metadata", line=2, says="not valid YAML", remedy="'description:' line")
def metadata_that_is_no_yaml(path):
    return good(path, metadata="description: mine\n\tbroken: [\n")


@bad("CON03", file="metadata", says="is a YAML float, neither text nor", remedy="'description:' line")
def metadata_that_is_a_number(path):
    return good(path, metadata="1.0\n")


@bad("CON03", file="metadata", says="is text with the word 'command'", remedy="'description:' line")
def metadata_that_is_text_with_the_word_command(path):
    return good(path, metadata="see the command in our report\n")


@bad("CON03", file="metadata", line=1, says="unknown key 'input'", remedy="'description:' line")
def metadata_that_names_a_bundle(path):
    return good(path, metadata="input: http://somewhere/else.zip\n")


@bad(
    "CON02",
    file="metadata",
    line=1,
    says="metadata has a 'command'",
    remedy="Remove the line",
)
def metadata_that_merges_a_command_in(path):
    return good(path, metadata="<<: [{command: python model.py}]\n")


@bad("CON03", file="metadata", line=2, says="no plain YAML", remedy="'description:' line")
def metadata_with_a_tag_of_its_own(path):
    return good(path, metadata="exitCode: 0\ndescription: !!python/name:os.system ''\n")


@bad(
    "CON04", file="helper.py", line=2, says="Not valid Python for this interpreter", remedy="Python can read"
)
def syntax_error_in_a_helper(path):
    return good(path, model__py="import helper\n" + MODEL, helper__py="\nclass x(:\n")


@bad("CON04", says="No 'model.py' in the root", remedy="Put a model.py")
def no_model_file(path):
    return good(path, model__py=None)


@bad("CON04", says="only 'Model.py'", remedy="Put a model.py")
def model_file_with_a_capital(path):
    return good(path, model__py=None, Model__py=MODEL)


@bad("CON04", says="'model.py' is a folder", remedy="Put a model.py")
def model_file_as_a_folder(path):
    return good(path, **{"model__py": None, "model.py/": ""})


@bad("CON04", file="model.py", line=2, says="line 2: invalid syntax", remedy="Python can read")
def syntax_error(path):
    return good(path, model__py="import os\nclass model(:\n")


@bad(
    "CON04",
    file="model.py",
    line=4,
    says=r"line 4: 'match' needs Python 3\.10 \(server profile: "
    r"Python 3\.9\)",
    remedy="Python can read",
)
def needs_a_newer_python(path):
    return good(path, model__py="import sys\n\n\nmatch len(sys.argv):\n    case 0:\n        pass\n" + MODEL)


@bad("CON04", file="model.py", line=3, says="line 3: inconsistent use of tabs", remedy="Python can read")
def tabs_and_spaces(path):
    return good(path, model__py="\ufeffif True:\n        a = 1\n\tb = 2\n")


@bad(
    "CON05",
    file="model.py",
    line=4,
    says="Found 'Model'; this contest needs 'class model'",
    remedy="Rename the class to 'model'",
)
def class_of_the_later_contest(path):
    return good(path, model__py=MODEL.replace("class model", "class Model"))


@bad("CON05", says="Found no class", file="model.py", remedy="Rename the class")
def empty_model_file(path):
    return good(path, model__py="")


@bad("CON05", file="model.py", says="'model' is not a class but a dict", remedy="another name")
def class_bound_to_something_else(path):
    return good(path, model__py=MODEL + "\nmodel = {'weights': 1}\n")


@bad("CON05", file="model.py", says="'model' is not a class but a Net", remedy="another name")
def class_bound_to_an_instance_that_can_be_called(path):
    return good(
        path,
        model__py=MODEL.replace("class model", "class Net")
        + "\n    def __call__(self):\n        pass\n\n\nmodel = Net('here')\n",
    )


@bad("CON05", file="model.py", says="After the import there is no 'model'", remedy="name that the profile")
def class_deleted_again(path):
    return good(path, model__py=MODEL + "\ndel model\n")


@bad(
    "CON06",
    file="model.py",
    line=5,
    says=r"__init__\(self\) takes 0 arguments; the server passes path",
    remedy="optional",
)
def constructor_without_path(path):
    return good(path, model__py=MODEL.replace("(self, path)", "(self)").replace("= path", "= '.'"))


@bad("CON06", file="model.py", line=5, says=r"no __init__\(self, path\), only init", remedy="two underscores")
def constructor_misspelt(path):
    return good(path, model__py=MODEL.replace("__init__", "init"))


@bad(
    "CON06",
    file="model.py",
    line=8,
    says=r"predict\(self, X, categories\) needs 2 arguments; the server passes X",
    remedy="optional",
)
def predict_that_needs_more(path):
    return good(path, model__py=MODEL.replace("(self, X)", "(self, X, categories)"))


@bad("CON06", file="model.py", line=8, says=r"predict\(X\) has no 'self'", remedy="optional")
def predict_without_self(path):
    return good(path, model__py=MODEL.replace("(self, X)", "(X)"))


@bad("CON06", file="model.py", line=4, says=r"has no predict\(self, X\)", remedy="def predict")
def no_predict(path):
    return good(path, model__py=MODEL.replace("def predict", "def forecast"))


@bad(
    "CON06",
    file="model.py",
    line=5,
    says=r"predict\(\w+, categories\) does not take what the server passes",
    remedy="optional",
)
def predict_of_another_class_that_needs_more(path):
    """Only seen in the run: the method is inherited."""
    return good(
        path,
        model__py="import numpy as np\n\n\nclass Base:\n"
        "    def predict(self, X, categories):\n        pass\n\n\n"
        "class model(Base):\n    def __init__(self, path):\n        pass\n",
    )


@bad("CON06", file="model.py", says=r"gave a SimpleNamespace without predict", remedy="def predict")
def factory_of_something_without_predict(path):
    return good(path, model__py="import types\n\n\ndef model(path):\n    return types.SimpleNamespace()\n")


@bad("CON09", file="SubmissionModel/saved_model.pb", says=r"saved_model\.pb' is missing", remedy="whole")
def saved_model_without_its_graph(path):
    return good(
        path,
        **{
            "SubmissionModel/variables/variables.index": "i",
            "SubmissionModel/variables/variables.data-00000-of-00001": "d",
        },
    )


@bad(
    "CON09",
    file="SubmissionModel/variables/variables.data-00001-of-00002",
    says=r"variables\.data-00001-of-00002' is missing",
    remedy="whole",
)
def saved_model_without_a_shard(path):
    return good(
        path,
        **{
            "SubmissionModel/saved_model.pb": "g",
            "SubmissionModel/variables/variables.index": "i",
            "SubmissionModel/variables/variables.data-00000-of-00002": "d",
        },
    )


@bad("CON09", file="variables/variables.index", says=r"variables\.index' is missing", remedy="whole")
def saved_model_without_its_index(path):
    files = {"saved_model.pb": "g", "variables/variables.data-00000-of-00001": "d"}
    return good(path, **files, **{"SubmissionModel/weights.txt": None})


@bad(
    "ENV01",
    file="model.py",
    line=1,
    says=r"No module named 'keras_cv' \(in the import of model\.py\)",
    remedy="Do without it",
)
def module_that_the_server_lacks(path):
    return good(path, model__py="import keras_cv\n" + MODEL)


@bad(
    "ENV01",
    file="helper.py",
    line=2,
    says=r"No module named 'torch' \(in predict\(X\)\)",
    remedy="Do without it",
)
def module_missing_in_a_helper(path):
    return good(path, model__py=MODEL.replace(RETURN, "import helper"), helper__py="\nimport torch\n")


@bad("ENV06", file="random.py", says=r"'random\.py' hides random of the standard library", remedy="Rename")
def module_named_as_one_of_pythons(path):
    return good(path, random__py="")


@bad("ENV06", file="numpy/__init__.py", says="hides the library numpy", remedy="Rename")
def package_named_as_a_library(path):
    return good(path, **{"numpy/__init__.py": ""})


@bad("ENV06", file="chunk.py", says="hides chunk of the standard library", remedy="Rename")
def module_named_as_one_that_nobody_imports(path):
    """A warning: the server never looks for the hidden one."""
    return good(path, chunk__py="")


@bad("ENV06", file="six.py", says="hides the library six", remedy="Rename")
def library_that_may_be_a_copy(path):
    return good(path, six__py="")
