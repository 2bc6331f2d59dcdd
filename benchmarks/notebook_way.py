"""What a participant's notebook does, in plain Keras: frozen, then all layers, with Keras's own layers.

The same net, weights, images and split as the kit's; everything else as Keras's guide on transfer learning
has it: augmentation layers in the model, the backbone in inference mode, so that its statistics stay, Adam at
1e-3 on the frozen backbone for 5 epochs, then at 1e-4 on all layers; batches of 32, 160 pixels.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np

SIDE, BATCH = 160, 32
FROZEN_EPOCHS = 5


def train(images: str, target: float, limit_seconds: float, seed: int) -> dict[str, Any]:
    """In a child: trains until `target` validation accuracy, or for `limit_seconds`.

    `images` names an .npz of (n, 96, 96, 3) uint8 `training` and `validation` images and their labels.
    """
    started = time.monotonic()
    import keras

    parts = np.load(Path(images))
    history: list[tuple[float, float]] = []

    class UntilReached(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            history.append((time.monotonic() - started, float((logs or {})["val_accuracy"])))
            self.model.stop_training = is_over()

    def is_over() -> bool:
        return bool(history) and (history[-1][1] >= target or history[-1][0] > limit_seconds)

    keras.utils.set_random_seed(seed)
    model, body = net(int(parts["training_labels"].max()) + 1)
    for epochs, learning_rate in ((FROZEN_EPOCHS, 1e-3), (1000, 1e-4)):
        body.trainable = learning_rate < 1e-3
        model.compile(
            keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        if not is_over():
            model.fit(
                *(parts["training"], parts["training_labels"]),
                validation_data=(parts["validation"], parts["validation_labels"]),
                batch_size=BATCH,
                epochs=epochs,
                callbacks=[UntilReached()],
                verbose=0,
            )
    return {"curve": [(round(seconds, 1), round(accuracy, 4)) for seconds, accuracy in history]}


def net(num_classes: int) -> tuple[Any, Any]:
    """(model, backbone): Lite0 with Keras's normalization and augmentation layers."""
    import keras

    from benchmarks import nets
    from plants.nets import lite

    with nets.keras_normalization():
        body = lite.backbone("lite0", SIDE)
    lite.load(body, lite.weights_file("lite0"))
    images = keras.Input((96, 96, 3))
    x = images
    for layer in (
        keras.layers.RandomFlip("horizontal_and_vertical"),
        keras.layers.RandomRotation(0.1),
        keras.layers.RandomZoom(0.2),
        keras.layers.RandomContrast(0.2),
    ):
        x = layer(x)
    # Not keras.layers.Resizing: it would put the layers behind it into training mode (keras#23166).
    x = body(keras.ops.image.resize(x, (SIDE, SIDE), interpolation="bicubic"), training=False)
    x = keras.layers.Dropout(0.3)(keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(images, keras.layers.Dense(num_classes, activation="softmax")(x)), body
