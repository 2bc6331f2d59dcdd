"""Class numbers of images and zips: by name, in the order in which a server counts."""

import numpy as np
import pytest
from drawn_images import dataset_of, noise

from plants.harness.checks.read_manifest import Manifest
from plants.harness.examples import Examples


def dataset(*class_names):
    return dataset_of({name: [noise(name)] for name in class_names})


def manifest(*class_names):
    return Manifest(class_names, split_hash="", split_seed=0, holdout=0.0, training_images={})


@pytest.mark.parametrize(
    "names, answers",
    [
        (("2", "9", "10"), [0, 1, 2]),  # as words 10 would come first
        (("2", "10", "rest"), [1, 0, 2]),
        (("ash", "birch", "cedar"), [0, 1, 2]),
    ],
)
def test_answers_count_numbers_in_their_order_and_words_sorted(names, answers):
    subject, _ = Examples(dataset(*names), "all").chosen_for(None)
    assert subject.answered(np.array(answers)).labels.tolist() == answers


def test_labels_are_counted_as_the_zip_counts_where_it_knows_more_classes():
    subject, _ = Examples(dataset("2", "10"), "all").chosen_for(manifest("0", "2", "9", "10"))
    assert subject.class_names == ("0", "2", "9", "10")
    assert subject.answered(np.array([0, 0])).labels.tolist() == [1, 3]
