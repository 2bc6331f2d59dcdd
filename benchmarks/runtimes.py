"""One net, several ways to run it: each a function that loads it and gives `images, batch -> probabilities`.

`folder` is that of `nets.export`, with graph.onnx made by `to_onnx` beside it. Images are
(n, 96, 96, 3) float32, raw RGB 0..255; `batch` is how many go through the net at once.
"""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Answer = Callable[[npt.NDArray[np.float32], int], npt.NDArray[np.float32]]
ONNX = "graph.onnx"
KERAS = "net.keras"


def kit(folder: Path) -> Answer:
    """`Model` of submission/model.py, whose `predict` takes the argmax of these; its batches are its own."""
    model = runpy.run_path(str(folder / "model.py"))["Model"](str(folder))
    return lambda images, batch: np.asarray(model.probabilities(images))


def saved_model(folder: Path) -> Answer:
    """tf.saved_model.load, as most participants do."""
    import tensorflow as tf

    serve = tf.saved_model.load(str(folder / "SubmissionModel")).signatures["serving_default"]
    return _in_batches(lambda images: serve(images=tf.constant(images))["probabilities"].numpy())


def keras_predict(folder: Path) -> Answer:
    """Keras's own `predict`, on the net from a .keras file."""
    import keras

    model = keras.models.load_model(folder / KERAS)
    return lambda images, batch: np.asarray(model.predict(images, batch_size=batch, verbose=0))


def onnx_runtime(folder: Path) -> Answer:
    """ONNX Runtime on the CPU, as it comes."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(folder / ONNX), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return _in_batches(lambda images: session.run(None, {name: images})[0])


def openvino_float32(folder: Path) -> Answer:
    """OpenVINO on the CPU in float32, as all others; by ONNX, as its TensorFlow reader has no bicubic."""
    return _openvino(folder, {"INFERENCE_PRECISION_HINT": "f32"})


def openvino_default(folder: Path) -> Answer:
    """OpenVINO as it comes: bfloat16 where the processor has it, so its probabilities are a little off."""
    return _openvino(folder, {})


RUNTIMES: dict[str, Callable[[Path], Answer]] = {
    "kit": kit,
    "tf.saved_model.load": saved_model,
    "Keras predict": keras_predict,
    "ONNX Runtime": onnx_runtime,
    "OpenVINO, float32": openvino_float32,
    "OpenVINO, default": openvino_default,
}


def to_onnx(folder: Path) -> dict[str, Any]:
    """Writes graph.onnx of the SavedModel in `folder`/SubmissionModel."""
    import subprocess
    import sys

    subprocess.run(
        [sys.executable, "-m", "tf2onnx.convert", "--opset", "18", "--saved-model"]
        + [str(folder / "SubmissionModel"), "--output", str(folder / ONNX)],
        check=True,
        capture_output=True,
    )
    return {}


def _openvino(folder: Path, settings: dict[str, str]) -> Answer:
    import openvino

    compiled = openvino.Core().compile_model(str(folder / ONNX), "CPU", settings)
    return _in_batches(lambda images: compiled(images)[0])


def _in_batches(answer: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]) -> Answer:
    return lambda images, batch: np.concatenate(
        [answer(images[start : start + batch]) for start in range(0, len(images), batch)]
    )
