"""What Keras makes of its settings, as JSON, without the seconds that it takes to import.

`python keras_json.py` runs Keras's own module that reads them, with stand-ins for what this imports; with the
word `pinned` behind it, after `keras_settings.pin`.
"""

import importlib.util
import json
import runpy
import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from plants import keras_settings  # noqa: E402

TOLD = ("floatx", "epsilon", "image_data_format", "backend", "max_epochs", "max_steps_per_epoch")
STAND_INS = ("keras", "keras.src", "keras.src.api_export", "keras.src.backend", "keras.src.backend.common")


def settings():
    (folder,) = importlib.util.find_spec("keras").submodule_search_locations
    for name in STAND_INS:
        sys.modules[name] = types.ModuleType(name)
    sys.modules["keras.src.api_export"].keras_export = lambda *_: lambda function: function
    forget = types.SimpleNamespace(set_global_attribute=lambda *_: None)
    sys.modules["keras.src.backend.common"].global_state = forget
    told = runpy.run_path(f"{folder}/src/backend/config.py")
    return {name: told[name]() for name in TOLD if name in told}


if __name__ == "__main__":
    if "pinned" in sys.argv:
        keras_settings.pin()
    print(json.dumps(settings()))
