"""Zips that run well but answer in a form, or with values, that cannot be scored."""

from submissions.making import bad, good, predicting


@bad("OUT01", says=r"predict returned None \(missing return\)", remedy="Return the answers")
def returns_nothing(path):
    return predicting(path, "answers = X[:, 0, 0, 0]")


@bad("OUT01", says="predict returned generator", remedy="one-dimensional array")
def returns_a_generator(path):
    return predicting(path, "yield 0")


@bad("OUT01", says="predict returned str, 'all Ash'", remedy="one-dimensional array")
def returns_a_sentence(path):
    return predicting(path, "return 'all Ash'")


@bad("OUT01", says="predict returned dict", remedy="one-dimensional array")
def returns_a_dictionary(path):
    return predicting(path, "return {'answers': [0] * len(X)}")


@bad("OUT01", says="predict returned list, .*inhomogeneous", remedy="one-dimensional array")
def returns_a_ragged_list(path):
    return predicting(path, "return [[0], [1, 2]] * 15")


@bad("OUT01", says=r"30 of 30 answers are no whole numbers, such as 0\.5", remedy="integers")
def returns_fractions(path):
    return predicting(path, "return [0.5] * len(X)")


@bad("OUT01", says="predict returned ndarray", remedy="integers")
def returns_dates(path):
    return predicting(path, "return np.zeros(len(X), dtype='M8[s]')")


@bad(
    "OUT02",
    says=r"Shape \(30, 3\): 3 numbers per image instead of one",
    remedy=r"Return tf\.argmax\(out, axis=-1\)",
)
def returns_probabilities(path):
    return predicting(path, "return np.full((len(X), 3), 1 / 3)")


@bad("OUT02", says=r"Shape \(30, 3\)", remedy=r"Return tf\.argmax\(out, axis=-1\)")
def returns_one_hot(path):
    return predicting(path, "return np.eye(3, dtype=int)[X[:, 0, 0, 0].astype(int)]")


@bad("OUT03", says=r"Shape \(30, 1\) instead of \(30,\)", remedy="tf.squeeze")
def returns_a_column(path):
    return predicting(path, "return X[:, 0, 0, :1].astype(int)")


@bad("OUT03", says=r"Shape \(\) instead of \(30,\)", remedy="shape")
def returns_one_number(path):
    return predicting(path, "return 2")


@bad("OUT03", says="24 answers for 30 images", cause="batch may be dropped", remedy="last partial batch")
def drops_the_last_partial_batch(path):
    return predicting(path, "n = len(X) // 8 * 8\nreturn X[:n, 0, 0, 0].astype(int)")


@bad("OUT03", says="0 answers for 30 images", remedy="shape")
def returns_an_empty_list(path):
    return predicting(path, "return []")


@bad("OUT03", says=r"predict returned ndarray of shape \(10000000,\)", remedy="shape")
def returns_millions_of_answers(path):
    return predicting(path, "return np.zeros(10_000_000)")


@bad("OUT04", says=r"Values 1\.\.3: classes are 0\.\.2", remedy="Subtract 1")
def counts_from_one(path):
    return predicting(path, "return X[:, 0, 0, 0].astype(int) + 1")


@bad("OUT04", says=r"Values -1\.\.2: classes are 0\.\.2", remedy="counted from 0")
def marks_doubt_by_minus_one(path):
    return predicting(path, "answers = X[:, 0, 0, 0].astype(int)\nanswers[0] = -1\nreturn answers")


@bad("OUT04", says=r"text such as .*'Ash'.*: classes are 0\.\.2", remedy="index")
def returns_names(path):
    return predicting(path, "return ['Ash'] * len(X)")


@bad("OUT04", says=r"text such as .*Ash.*: classes are 0\.\.2", remedy="index")
def returns_bytes_as_a_string_tensor_does(path):
    return predicting(path, "return np.array([b'Ash'] * len(X), dtype=object)")


@bad("OUT04", says="1 of 30 answers are NaN or infinite", remedy="untrained weights")
def returns_nan(path):
    return predicting(path, "answers = X[:, 0, 0, 0].copy()\nanswers[3] = np.nan\nreturn answers")


@bad("SEM03", says=r"100% predicted as Birch \(class 1\), 33% of the images are", remedy="trained weights")
def always_says_the_same(path):
    return predicting(path, "return np.ones(len(X), int)")


@bad("LOG01", says=r"3\.0 MB of output, first and last 64 KB kept", remedy="Remove the prints")
def prints_too_much(path):
    return predicting(path, "print('x' * (3 << 20))\nreturn X[:, 0, 0, 0].astype(int)")


@bad(
    "ENV01",
    file="model.py",
    line=9,
    says=r"line 9: 'cv2' is not in profile codalab-2022",
    remedy="Do without it",
)
def imports_a_foreign_module_where_it_is_never_reached(path):
    """A warning: the import would fail, but the run shows that it never happens."""
    return good(
        path,
        model__py="""\
import numpy as np


class model:
    def __init__(self, path):
        self.path = path

    def draw(self):
        import cv2

    def predict(self, X):
        return np.asarray(X)[:, 0, 0, 0].astype(int)
""",
    )
