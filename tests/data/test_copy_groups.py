"""Groups of near-copies: verified pairs, chains cut, whatever the order of the images."""

import time

import numpy as np
import pytest
from drawn_images import blotches, noise
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_digits

from plants.data import copy_groups, likeness
from plants.data.fingerprints import near_copies_between, near_duplicate_groups, perceptual_hash


def groups(images):
    return near_duplicate_groups(images, [perceptual_hash(image) for image in images]).tolist()


def scene(seed, side=160):
    """A large picture of sharp and soft things, to cut views from."""
    dice = np.random.default_rng(seed)
    image = Image.fromarray(blotches(dice, (0.9, 0.8, 0.6))).resize((side, side), Image.Resampling.BICUBIC)
    for _ in range(60):
        x, y = dice.integers(0, side, 2)
        corners = [tuple(map(int, (x, y) + dice.integers(-25, 26, 2))) for _ in range(3)]
        ImageDraw.Draw(image).polygon(corners, fill=tuple(map(int, dice.integers(20, 230, 3))))
    return np.asarray(image)


def view(seed, across=0):
    return scene(seed)[20:116, 20 + across : 116 + across]


def leaves(count):
    """Different plants in the middle of one plain ground, as from a scanner."""
    made = []
    for number in range(count):
        dice, lobes = np.random.default_rng([4, number]), 3 + number % 8
        angles, radius = np.radians(np.arange(0, 360, 6)), dice.uniform(16, 26)
        reach = radius * (0.75 + 0.25 * np.cos(angles * lobes + dice.uniform(0, 0.15, len(angles))))
        centre = 48 + dice.uniform(-6, 6, 2)
        points = centre + reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        image = Image.new("RGB", (96, 96))
        green = tuple(map(int, dice.integers((40, 110, 40), (100, 190, 80))))
        ImageDraw.Draw(image).polygon([tuple(point) for point in points], fill=green)
        made.append(np.asarray(image))
    return np.stack(made)


def written_digits(count):
    pictures = [
        Image.fromarray(np.uint8(digit * 15)).resize((96, 96)) for digit in load_digits().images[:count]
    ]
    return np.repeat(np.stack([np.asarray(picture) for picture in pictures])[..., None], 3, axis=3)


def printed_digits(count):
    made = []
    for number in range(count):
        dice, image = np.random.default_rng([5, number]), Image.new("L", (96, 96), 255)
        font = ImageFont.load_default(float(dice.uniform(45, 85)))
        place = tuple(48 + dice.uniform(-11, 11, 2))
        ImageDraw.Draw(image).text(place, str(number % 10), fill=0, font=font, anchor="mm")
        made.append(np.asarray(image.rotate(dice.uniform(-35, 35), Image.Resampling.BICUBIC, fillcolor=255)))
    return np.repeat(np.stack(made)[..., None], 3, axis=3)


@pytest.mark.rest
@pytest.mark.parametrize("make", [leaves, written_digits, printed_digits])
def test_lookalikes_are_no_copies_but_for_one_pair_in_ten_thousand(make):
    pictures = make(240)
    sizes = np.bincount(groups(pictures))
    assert (sizes * (sizes - 1) // 2).sum() <= 28_680 / 10_000


@pytest.mark.parametrize("make", [leaves, written_digits, printed_digits])
def test_copies_among_lookalikes_are_found(make):
    pictures = make(120)
    copies = np.roll(pictures[:40], 2, axis=(1, 2))  # the border is plain
    found = groups(np.concatenate([pictures, np.uint8(copies * 0.9)]))
    assert sum(found[index] == found[120 + index] for index in range(40)) >= 38


def test_groups_are_numbered_in_the_order_of_their_first_images():
    assert groups([view(0), view(1), view(1, 2), view(0, 1), view(2)]) == [0, 1, 1, 0, 2]


def test_exact_copies_share_a_group_without_being_compared(monkeypatch):
    monkeypatch.setattr(likeness, "compare", lambda *_: pytest.fail("nothing is to be compared"))
    assert groups([noise("a"), noise("b"), noise("a")]) == [0, 1, 0]


def test_no_image_and_one_image_are_groups_of_their_own():
    assert groups([]) == []
    assert groups([noise("a")]) == [0]


def test_the_order_of_the_images_does_not_matter():
    images = [view(seed, across) for seed in range(3) for across in range(0, 20, 4)] + [noise("a")]
    found, order = np.array(groups(images)), np.random.default_rng(0).permutation(16)
    again = np.array(groups([images[index] for index in order]))
    same, same_again = found[:, None] == found, again[:, None] == again
    np.testing.assert_array_equal(same[np.ix_(order, order)], same_again)


NONE = np.empty((0, 2), np.int64)


def only(*copies):
    """A comparison that knows these pairs as copies."""

    def compare(_, __, pairs):
        is_copy = np.array([tuple(sorted(pair)) in copies for pair in pairs.tolist()], bool)
        return likeness.Likeness(*[np.where(is_copy, 0.0, np.inf)] * 3)

    return compare


@pytest.mark.parametrize(
    "copies, middles",
    [
        ([(0, 1), (1, 2), (2, 3), (3, 4)], [1, 1, 1, 3, 3]),  # a chain: 1 has as many as any, and comes first
        ([(0, 1), (0, 2), (1, 2), (2, 3)], [2, 2, 2, 2, 4]),  # all are copies of 2
        ([(0, 1), (2, 3), (3, 4), (2, 4)], [0, 0, 2, 2, 2]),
        ([], [0, 1, 2, 3, 4]),
    ],
)
def test_a_group_is_a_picture_with_its_copies(copies, middles, monkeypatch):
    monkeypatch.setattr(likeness, "compare", only(*copies))
    pairs = np.array([(0, 1), (1, 2), (2, 3), (3, 4), (0, 2), (2, 4)])
    assert copy_groups._groups(np.zeros((5, 1, 1, 3), np.uint8), pairs, NONE).tolist() == middles


def test_what_was_no_candidate_of_the_middle_is_tested_against_it(monkeypatch):
    monkeypatch.setattr(likeness, "compare", only((0, 1), (1, 2), (2, 3), (1, 3)))
    pairs = np.array([(0, 1), (1, 2), (2, 3)])  # 1 and 3 are copies, and no candidates
    assert copy_groups._groups(np.zeros((4, 1, 1, 3), np.uint8), pairs, NONE).tolist() == [1, 1, 1, 1]


def test_a_walk_past_a_scene_is_no_single_group():
    walk = [view(3, across) for across in range(0, 43, 3)]  # 0, 3, ... 42 of 96 pixels
    found = groups(walk)
    for number in set(found):
        places = [3 * index for index, group in enumerate(found) if group == number]
        assert max(places) - min(places) <= 16  # twice the largest shift, 8 % of 96
    assert len(set(found)) < 15


def test_of_many_candidates_the_most_alike_are_tested():
    outlines = np.arange(50, dtype=np.float32)[:, None] / 50
    pairs = np.stack([np.zeros(49, int), np.arange(1, 50)], axis=1)
    assert copy_groups._most_alike(outlines, pairs)[:, 1].tolist() == list(range(1, 33))


def test_thousands_of_pictures_of_one_hash_are_grouped_within_seconds():
    colours = np.random.default_rng(0).integers(0, 256, (1500, 1, 1, 3), dtype=np.uint8)
    start = time.perf_counter()
    found = groups(np.tile(colours, (1, 16, 16, 1)))
    assert time.perf_counter() - start < 30
    assert len(set(found)) > 1000  # of 16.7 million colours most are far from each other


def test_copies_of_others_are_found_by_the_same_rule():
    images, others = [view(0), view(1), view(2, 3)], [view(5), view(2), view(0, 2)]
    hashes = [[perceptual_hash(image) for image in some] for some in (images, others)]
    assert near_copies_between(images, hashes[0], others, hashes[1]).tolist() == [[0, 2], [2, 1]]
    assert near_copies_between([], [], others, hashes[1]).tolist() == []
