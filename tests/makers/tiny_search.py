"""search.py with nets that train in a second: python tests/makers/tiny_search.py, then its arguments."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import search  # noqa: E402
from plants import commandline  # noqa: E402
from plants.search import trial  # noqa: E402


def train(job, dataset):
    """Stands in for `trial.train`, in a trial's own process."""
    from trainable_net import tiny_net

    from plants.nets import build

    build.build = tiny_net
    trial.train(job, dataset)


if __name__ == "__main__":
    trial.train = train
    sys.exit(commandline.run(search.main))
