"""A net with the anatomy of a real one, small enough to train in seconds."""

import keras


def tiny_net(recipe, num_classes, *, image_size=None, input_side=96, pretrained=True):
    """Stands in for `plants.nets.build.build`: a layer `backbone` with a norm, then dropout and logits."""
    scaled = keras.Input((input_side, input_side, 3))
    x = keras.layers.Conv2D(4, 3, strides=8, use_bias=False, name="conv")(scaled)
    x = keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9, name="norm")(x))
    body = keras.Model(scaled, x, name="backbone")
    images = keras.Input((input_side, input_side, 3))
    x = keras.layers.GlobalAveragePooling2D(name="pool")(body(images / 255.0))
    x = keras.layers.Dropout(recipe.dropout)(x)
    return keras.Model(images, keras.layers.Dense(num_classes, name="logits")(x))
