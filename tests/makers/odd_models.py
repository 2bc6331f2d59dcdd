"""model.py as participants may write it: odd to look at, and right."""

import textwrap

from submissions.making import MODEL, RETURN

CONSTRUCTOR = "    def __init__(self, path):\n        self.path = path\n"
WITHOUT_PREDICT = "import numpy as np\n\n\nclass model:\n    def __init__(self, path):\n        pass\n"
ODD_MODELS = {
    "optional arguments": MODEL.replace("(self, path)", "(self, path, *, views=1)").replace(
        "(self, X)", "(self, X, batch_size=32)"
    ),
    "any arguments": MODEL.replace("(self, path)", "(*arguments)").replace("self.path = path", "pass"),
    "class by assignment": MODEL.replace("class model", "class Net") + "\nmodel = Net\n",
    "class of both contests": MODEL.replace("class model", "class Model").replace("path)", "path='.')")
    + "\nmodel = Model\n",
    "factory function": MODEL.replace("class model", "class Net")
    + "\n\ndef model(path):\n    return Net(path)\n",
    "inherited": MODEL.replace("class model", "class Net") + "\n\nclass model(Net):\n    pass\n",
    "predict given to the class": WITHOUT_PREDICT
    + f"\n\ndef predict(self, X):\n    {RETURN}\n\n\nmodel.predict = predict\n",
    "predict set by its name": WITHOUT_PREDICT.replace(
        "pass", "setattr(self, 'predict', lambda X: np.asarray(X)[:, 0, 0, 0].astype(int))"
    ),
    "put into the module": "import sys\n\n"
    + MODEL.replace("class model", "class Net")
    + "\n\nsys.modules[__name__].model = Net\n",
    "class in a try": "try:\n    import numpy as np\nexcept ImportError:\n    raise\nelse:\n"
    + textwrap.indent(MODEL, "    "),
    "static predict": MODEL.replace("    def predict(self, X)", "    @staticmethod\n    def predict(X)"),
    "predict made in the constructor": "class model:\n    def __init__(self, path):\n"
    "        self.predict = lambda X: X[:, 0, 0, 0].astype(int)\n",
    "made by __new__": MODEL.replace(
        CONSTRUCTOR, "    def __new__(cls, path):\n        return super().__new__(cls)\n"
    ),
    "put there by globals()": MODEL.replace("class model", "class Net") + "\nglobals()['mod' + 'el'] = Net\n",
    "local variable of the same name": MODEL + "\n\ndef load():\n    model = 1\n    return model\n",
    "foreign module behind a try": "try:\n    import cv2\nexcept ImportError:\n    cv2 = None\n" + MODEL,
    "odd escape": MODEL + '\npattern = "\\d"\n',
    "byte order mark": "\ufeff" + MODEL,
    "Latin-1 by declaration": b"# -*- coding: latin-1 -*-\n# \xe9t\xe9\n" + MODEL.encode(),
}
