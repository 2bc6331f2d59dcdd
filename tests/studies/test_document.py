"""The document of the claims, rendered from hand-made records."""

import dataclasses

import pytest
from hand_made import measured
from tiny_runs import RECIPE

from plants.recipes.recipe import Augmentation
from studies import describe
from studies.report_claims import claims, document
from studies.report_claims.claims import BETTER, NO_FINDING, WORSE, Claim, ClaimComparison
from studies.report_claims.variants import BASELINE
from studies.variant import Variant

ONE, TWO, THREE = (
    Variant(name, dataclasses.replace(RECIPE, name=name, summary=f"recipe {name}", folds=2))
    for name in ("one", "two", "three")
)
CLAIM = Claim("Is two better?", "It was.", "The size.", (ClaimComparison("one", "two", BETTER),))
FOLDS = Claim("Folds?", "No.", "Two.", (ClaimComparison("one", "three", NO_FINDING),), single_folds=("one",))
# Two is right on 10 of 12, one on 4 of them: the six that differ are all two's, p = 2 / 64.
RIGHT = {"one": "111100000000", "two": "111111111100", "three": "111000000000"}


def rendered(*trained, all_claims=(CLAIM,), variants=(ONE, TWO)):
    found = {variant.name: measured(variant, RIGHT[variant.name]) for variant in trained}
    return document.render(all_claims, variants, found)


def test_a_claim_gives_figures_difference_and_verdict():
    text = rendered(ONE, TWO)
    # One: 4 of 12, Wilson 0.138 to 0.609; F1 of the class 8 / 16, of the other 0. Two: 10 of 12.
    assert "| `one` | 0.333 (0.138 to 0.609) | 0.250 |  |  |  |  |  |  |" in text
    assert "| `two` | 0.833 (0.552 to 0.953) | 0.455 | +50.0 (" in text
    # Of the two folds, images 0, 2, ... and 1, 3, ..., each has three that only two got right, of six.
    # They agree wholly, so nothing is added to the variance, and one degree of freedom says so: of Student's
    # t, 6 / sqrt(6), beyond which lies 2 / pi * atan(1 / sqrt(6)) = 0.247.
    assert ") | +50.0, +50.0 | 0.031 | 0.247 | 0.247 | within noise |" in text
    assert "had 1.0 times the variance that the images give it (1 degrees of" in text
    assert "| Is two better? | `two` against `one` | better | +50.0 (" in text
    assert "on the same 12 images" in text and "tested here, 1." in text


def test_what_every_claim_says_of_the_report_and_of_us_is_there():
    text = document.render(claims.CLAIMS, (ONE,), {})
    for claim in claims.CLAIMS:
        assert f"### {claim.question}\n\nThe report: {claim.report} Ours: {claim.ours}\n" in text


def test_holms_p_counts_all_the_differences_that_are_tested():
    again = dataclasses.replace(CLAIM, comparisons=(*CLAIM.comparisons, ClaimComparison("two", "one", WORSE)))
    text = rendered(ONE, TWO, all_claims=(again,))
    assert text.count("| 0.031 | 0.247 | 0.494 | within noise |") == 2  # twice 0.247
    assert "tested here, 2." in text


def test_pairs_of_other_folds_have_no_differences_by_fold():
    found = {"one": measured(ONE, RIGHT["one"]), "two": measured(TWO, RIGHT["two"], folds=3)}
    text = document.render((CLAIM,), (ONE, TWO), found)
    assert ") | other folds | 0.031 | 0.031 | 0.031 | holds |" in text
    assert "**The noise of training** cannot be told yet" in text


def test_what_is_one_training_has_its_images_noise_alone():
    one = dataclasses.replace(CLAIM.comparisons[0], shared_training=True)
    text = rendered(ONE, TWO, all_claims=(dataclasses.replace(CLAIM, comparisons=(one,)),))
    assert ") | +50.0, +50.0 | 0.031 | 0.031 | 0.031 | holds |" in text
    assert "**The noise of training** cannot be told yet" in text


def test_what_is_no_test_has_no_verdict_and_stays_out_of_holms_family():
    control = ClaimComparison("two", "one", NO_FINDING, not_tested="not tested: a control")
    text = rendered(
        ONE, TWO, all_claims=(dataclasses.replace(CLAIM, comparisons=(*CLAIM.comparisons, control)),)
    )
    assert "tested here, 1." in text
    assert "| 0.031 | 0.247 | 0.247 | within noise |" in text  # as without the control
    assert "| 0.031 |  |  | not tested: a control |" in text
    assert text.count("| not tested: a control |") == 2  # in short and claim by claim


def test_what_is_not_trained_is_said_plainly():
    text = rendered(ONE)
    assert "**Not trained yet: `two`.**" in text
    assert "| `two` | not trained yet |  |  |  |  |  |  | not measured yet |" in text
    assert "| Is two better? | `two` against `one` | better |  | not measured yet |" in text
    assert "| `two` | recipe two | not trained yet |  |  |  |  |" in text
    assert "holds |" not in text and "tested here, 0." in text


def test_when_all_is_trained_nothing_is_said_to_be_missing():
    text = rendered(ONE, TWO)
    assert "Not trained yet" not in text and "not measured yet" not in text


def test_the_costs_are_added_up_against_the_limit():
    found = {
        "one": measured(ONE, RIGHT["one"], cpu_seconds=7200.0),
        "two": measured(TWO, RIGHT["two"], cpu_seconds=3600.0),
    }
    text = document.render((CLAIM,), (ONE, TWO), found)
    assert "| `one` | recipe one | 0.333 | 7,200 | 1,800 | 1,234,567 | abc123 |" in text
    # 10,800 s of one core are 1.5 hours of two; twice 1,800 s went by.
    assert "In all 10,800 CPU seconds: 1.5 hours of 2 cores," in text
    assert "the limit is 6. The wall times add up to 1.0 hours" in text
    assert "CPU seconds are CPU time of the processes that train" in text
    assert "The records leave out the start of these processes, TensorFlow's import,\nthe last pred" in text


def test_single_folds_are_listed_with_how_far_they_lie_apart():
    text = rendered(ONE, THREE, all_claims=(FOLDS,), variants=(ONE, THREE))
    # Of one, images 0, 2, ... are the first fold: 2 of 6 right, as in the other.
    assert (
        "The single folds of `one`, 6 images in the first: 0.333, 0.333; from the worst to the best 0.0"
        in text
    )
    # Wilson of 2 of 6: 0.097 to 0.700; of 4 of 12: 0.138 to 0.609.
    assert "The first alone would say 0.333 +- 30.2 points, all together say +- 23.6." in text


def test_the_same_records_give_the_same_document():
    assert rendered(ONE, TWO) == rendered(TWO, ONE)


def test_the_baseline_is_described_by_its_recipe():
    assert describe.describe_recipe(BASELINE) == (
        "lite0 with ImageNet weights at 96 pixels; 1 epoch of the head alone (adam at 0.001, constant, norms "
        "frozen), then 9 epochs of all layers (adamw at 0.001, weight decay 0.05, cosine, warm-up of 0.5 "
        "epochs); batches of 32, dropout 0.3, drop path 0, norm momentum 0.97, "
        "label smoothing 0.1, gradients clipped at 1; augmentation: zoom in 0.4, zoom out 0.1, aspect 0.2, "
        "rotation 20.0, translation 0.08, flips both, quarter turns, brightness 0.12, contrast 0.25, "
        "saturation 0.25, hue 6.0; the mean of 4 views"
    )


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"views": 1}, "; one view"),
        ({"views": 8}, "; the mean of 8 views"),
        ({"drop_path": 0.25}, ", drop path 0.25,"),
        ({"norm_momentum": 0.9}, ", norm momentum 0.9,"),
        ({"phases": BASELINE.phases[:1]}, "the head alone (adam at 0.001, constant, norms frozen);"),
        ({"augmentation": Augmentation()}, "; no augmentation;"),
        (
            {"augmentation": Augmentation(flips="horizontal", hue=3.0)},
            "; augmentation: flips horizontal, hue 3.0;",
        ),
        ({"weights": "none"}, "lite0 with random weights at"),
    ],
)
def test_another_setting_changes_the_documents_text(changes, said):
    one = dataclasses.replace(ONE, recipe=dataclasses.replace(BASELINE, **changes))
    assert said in document.render((), (one,), {})
    assert said not in document.render((), (dataclasses.replace(ONE, recipe=BASELINE),), {})
