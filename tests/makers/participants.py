"""Equivalents of what participants of the contest uploaded: small nets, and the ways they were called.

Of the images of `submissions.making` the darkest red, 0, 1 or 2, is the answer in nine of ten. So that
their score is known by hand, the nets have weights worked out for it: of x, the darkest red, the logits
are 0, x - 1/2 and 2x - 2, the largest of which is that of x itself. Views and small shifts leave it be.
"""

import textwrap

# Run by the interpreter under which the nets are to be loaded: saves them all into the folder argv[1].
SAVE_NETS = '''
import os
import sys
import numpy as np
import tensorflow as tf

layers = tf.keras.layers


def net_for(scale=1.0, offset=0.0, own_layer=None):
    """For pixels p that stand for x = scale * p + offset; the pooled value is -p of the darkest."""
    net = tf.keras.Sequential([
        tf.keras.Input((4, 4, 3)), own_layer or layers.Rescaling(-1.0), layers.GlobalMaxPooling2D(),
        layers.Dropout(0.5), layers.Dense(3, activation="softmax"),
    ])
    x, one = np.outer([-scale, 0, 0], [0, 1, 2]), np.array([0, -0.5, -2]) + offset * np.array([0, 1, 2])
    net.layers[-1].set_weights([x, one])
    net.compile("adam", "categorical_crossentropy")
    return net


class Negative(layers.Layer):
    def call(self, x):
        return -x


def save(net, name, **words):
    path = os.path.join(sys.argv[1], name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    net.save(path, **words)


if tf.keras.__version__.startswith("2."):  # today's Keras saves no folders
    save(net_for(), "plain")
    save(net_for(127.5, 127.5), "xception")
    for member in ("a", "b", "c"):
        save(net_for(), "ensemble/" + member)
else:
    net_for().export(os.path.join(sys.argv[1], "exported"))
    save(net_for(), "weights.keras")
save(net_for(255.0), "rescaled.h5")
for number in range(3):
    save(net_for(), "folds/fold%d.h5" % number, include_optimizer=False)
save(net_for(own_layer=Negative()), "own_layer.h5")
net_for().save_weights(os.path.join(sys.argv[1], "net.weights.h5"))
'''

HEAD = """\
import os
import numpy as np
import tensorflow as tf


class model:
    def __init__(self, path):
        self.model = tf.keras.models.load_model(os.path.join(path, "SubmissionModel"))

    def predict(self, X):
        {body}
"""


def calling(body):
    """A model.py that loads one SavedModel and has this body of predict."""
    return HEAD.format(body=textwrap.dedent(body).strip().replace("\n", "\n        "))


SAVED_MODEL = calling("""
# Note: this is just an example.
out = self.model.predict(X)
out = tf.argmax(out, axis=-1)
return out
""")
XCEPTION = calling("""
from tensorflow.keras.applications.xception import preprocess_input
X = preprocess_input(X)
return tf.argmax(self.model.predict(X), axis=-1)
""")
VIEWS = calling("""
views = [X, tf.image.flip_left_right(X), tf.image.flip_up_down(X), tf.image.rot90(X)]
out = sum(self.model.predict(view, verbose=0) for view in views) / len(views)
return tf.argmax(out, axis=-1)
""")
BATCH_MIXING = calling("""
# Meant to move the picture: axis 0 is the batch.
views = [X, tf.roll(X, shift=1, axis=0), tf.roll(X, shift=-1, axis=0)]
out = sum(self.model(view, training=False) for view in views)
return tf.argmax(out, axis=-1)
""")
UNSEEDED = calling("""
augment = tf.keras.layers.GaussianNoise(1.0)
X = augment(tf.cast(X, tf.float32), training=True)
return tf.argmax(self.model(X), axis=-1)
""")
IN_BATCHES_OF_ARRAYS = calling("""
X = X.numpy() if hasattr(X, "numpy") else np.array(X)
answers = []
for start in range(0, len(X), 8):
    answers.extend(np.argmax(self.model.predict(X[start : start + 8], verbose=0), axis=1))
return np.array(answers)
""")
GENERATOR = """\
import os
import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator


class model:
    def __init__(self, path):
        self.model = tf.keras.models.load_model(os.path.join(path, "SubmissionModel", "rescaled.h5"))

    def predict(self, X):
        generator = ImageDataGenerator(rescale=1 / 255.0)
        flow = generator.flow(np.array(X), batch_size=8, shuffle=False)
        return tf.argmax(self.model.predict(flow), axis=-1)
"""
SEVERAL_FILES = """\
import os
import tensorflow as tf
from tensorflow import keras as tfk


class model:
    def __init__(self, path):
        folder = os.path.join(path, "SubmissionModel")
        files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
        self.models = [tfk.models.load_model(file) for file in files]

    def predict(self, X):
        out = tf.add_n([model.predict(X) for model in self.models]) / len(self.models)
        return tf.argmax(out, axis=-1)
"""
THREE_FOLDERS = """\
import os
import tensorflow as tf


class model:
    def __init__(self, path):
        self.path = path
        self.model_a = tf.keras.models.load_model(os.path.join(path, 'SubmissionModel/a'))
        self.model_b = tf.keras.models.load_model(os.path.join(path, 'SubmissionModel/b'))
        self.model_c = tf.keras.models.load_model(os.path.join(path, 'SubmissionModel/c'))

    def predict(self, X):
        votes = [tf.argmax(net.predict(X), axis=-1) for net in (self.model_a, self.model_b, self.model_c)]
        counts = tf.reduce_sum(tf.one_hot(tf.stack(votes), 3), axis=0)
        return tf.argmax(counts, axis=-1)
"""
OWN_LAYER = """\
import os
import tensorflow as tf


class Negative(tf.keras.layers.Layer):
    def call(self, x):
        return -x


class model:
    def __init__(self, path):
        file = os.path.join(path, "SubmissionModel", "own_layer.h5")
        self.model = tf.keras.models.load_model(file, custom_objects={"Negative": Negative}, compile=False)

    def predict(self, X):
        return tf.argmax(self.model.predict(X), axis=-1).numpy().tolist()
"""
WEIGHTS_ALONE = """\
import os
import tensorflow as tf


def build():
    return tf.keras.Sequential([
        tf.keras.Input((4, 4, 3)),
        tf.keras.layers.Rescaling(-1.0),
        tf.keras.layers.GlobalMaxPooling2D(),
        tf.keras.layers.Dropout(0.5),
        tf.keras.layers.Dense(3, activation="softmax"),
    ])


class model:
    def __init__(self, path):
        self.net = build()
        self.net.load_weights(os.path.join(path, "SubmissionModel", "net.weights.h5"))

    def predict(self, X):
        return tf.argmax(self.net(X), axis=-1)
"""
WITHOUT_ARGUMENTS = """\
import numpy as np
import tensorflow as tf


class Model:
    def __init__(self):
        self.neural_network = tf.keras.models.load_model("rescaled.h5")

    def predict(self, X):
        X = np.array(X) / 255.0
        preds = self.neural_network.predict(X)
        if len(preds.shape) == 2:
            preds = np.argmax(preds, axis=1)
        return preds
"""
# As the contest of 2024 gave it out: no arguments, no metadata, X an array.
TEMPLATE_2024 = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras as tfk


class Model:
    def __init__(self):
        self.neural_network = tfk.models.load_model("weights.keras")

    def predict(self, X):
        preds = self.neural_network.predict({given}, verbose=0)
        if len(preds.shape) == 2:
            preds = np.argmax(preds, axis=1)
        return preds
"""
# Of the years of the contest: {built} with the net, before it is asked as {asked}.
OF_ITS_YEARS = """\
import os
import tensorflow as tf


class model:
    def __init__(self, path):
        self.net = tf.keras.models.load_model(os.path.join(path, "SubmissionModel", "rescaled.h5"))
        {built}

    def predict(self, X):
        return tf.argmax({asked}, axis=-1)
"""
LOADS_A_GRAPH = """\
import os
import tensorflow as tf


class model:
    def __init__(self, path):
        self.net = tf.saved_model.load(os.path.join(path, "SubmissionModel"))

    def predict(self, X):
        return tf.argmax(self.net.serve(tf.cast(X, tf.float32)), axis=-1)
"""
