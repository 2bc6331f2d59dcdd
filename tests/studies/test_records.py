"""Records of trained variants: read and refused by hand-made ones, and those that are committed."""

import dataclasses
import inspect
import json
import re

import hand_made
import numpy as np
import pytest
from tiny_runs import RECIPE

from plants.errors import InputError
from plants.recipes import report_ideas
from plants.runs import run_folder
from studies import records, study
from studies.report_claims import claims, document, variants
from studies.report_claims.__main__ import STUDY
from studies.techniques import __main__ as techniques
from studies.variant import Variant

COMMITTED, DOCUMENT = STUDY.results, study.ROOT / STUDY.document
LARGEST = 80_000  # bytes of a file: 2558 random answers over 8 classes take 58,500
VARIANTS = {variant.name: variant for variant in variants.VARIANTS}
ONE, TWO = (
    Variant(name, dataclasses.replace(RECIPE, name=name, folds=2, dropout=dropout))
    for name, dropout in (("one", 0.0), ("two", 0.5))
)


@pytest.fixture
def measured(tmp_path):
    """The folder of the records of both variants."""
    for variant in (ONE, TWO):
        run = hand_made.run(tmp_path / "runs" / variant.name, variant.recipe, "110110100111")
        records.write(tmp_path / "results", variant, run)
    return tmp_path / "results"


def test_all_records_are_read_by_name(measured):
    found = records.read_all(measured, (ONE, TWO))
    assert list(found) == ["one", "two"]
    assert len(found["one"].answers) == 12
    assert found["one"].class_names == ["ash", "birch"]


def test_a_missing_record_is_no_error(measured):
    (measured / "two.json").unlink()
    assert list(records.read_all(measured, (ONE, TWO))) == ["one"]


def test_a_half_copied_record_is_refused(measured):
    content = (measured / "one.npz").read_bytes()
    (measured / "one.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"one\.json or the \.npz beside it cannot be read"):
        records.read(measured, ONE)


def test_answers_that_are_not_those_of_the_record_are_refused(measured):
    record = json.loads((measured / "one.json").read_text())
    record["out_of_fold"]["accuracy"] += 0.01
    (measured / "one.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"one\.npz holds other answers than .*one\.json says"):
        records.read(measured, ONE)


def test_records_of_other_images_are_not_compared(measured):
    arrays = dict(np.load(measured / "two.npz"))
    arrays["pixel_sha256"][0] = b"f" * 12
    np.savez(measured / "two.npz", **arrays)
    with pytest.raises(InputError, match=r"one and two answered different images \(12 and 12, 11 in both"):
        records.read_all(measured, (ONE, TWO))


def test_the_answers_of_the_development_part_stay_small_whatever_they_are(tmp_path):
    rng, n = np.random.default_rng(0), 2558  # images that are not held out of the contest's 3010
    run = hand_made.run(tmp_path / "run", ONE.recipe, "1" * n)
    np.savez(
        tmp_path / "run" / run_folder.OUT_OF_FOLD,
        labels=rng.integers(8, size=n),
        probabilities=10 ** rng.uniform(-7, 0, (n, 8)).astype("float32"),  # any float16 below 1
        pixel_sha256=np.array([rng.bytes(32).hex() for _ in range(n)]),
        fold=rng.integers(5, size=n),
    )
    run.record["class_names"] = list("abcdefgh")
    records.write(tmp_path, ONE, run)
    assert (tmp_path / "one.npz").stat().st_size < LARGEST
    assert len(records.read(tmp_path, ONE).answers) == n


def faults(measured, text, all_variants):
    """What is wrong with {name: Measurement} and a document's text, if anything."""
    sentence = re.search(r"\*\*Not trained yet: (.*?)\*\*", text)
    missing = set(re.findall("`(.+?)`", sentence[1])) if sentence else set()
    problems = [
        f"{variant.name}: a record, or said to be missing, and not both"
        for variant in all_variants
        if (variant.name in measured) == (variant.name in missing)
    ]
    if "baseline" in measured and measured["baseline"].answers.right.mean() < 0.75:
        problems.append("baseline: below 0.75")
    hours = sum(one.record["cpu_seconds"] for one in measured.values()) / 2 / 3600
    problems += [f"{hours:.1f} hours"] if hours > 6 else []
    dirty = [name for name, one in measured.items() if (one.record["commit"] or "-dirty").endswith("-dirty")]
    return problems + [f"{name}: of no commit" for name in dirty]


@pytest.mark.parametrize(
    "right, changes, text, expected",
    [
        ("1110", {}, "", []),
        ("1110", {"cpu_seconds": 43_200.0}, "", []),
        ("1100", {}, "", ["baseline: below 0.75"]),
        ("1110", {"cpu_seconds": 43_920.0}, "", ["6.1 hours"]),
        ("1110", {"commit": "abc123-dirty"}, "", ["baseline: of no commit"]),
        ("1110", {"commit": None}, "", ["baseline: of no commit"]),
        (
            "1110",
            {},
            "**Not trained yet: `baseline`.**",
            ["baseline: a record, or said to be missing, and not both"],
        ),
    ],
)
def test_faults_of_records_are_found(right, changes, text, expected):
    baseline = dataclasses.replace(ONE, name="baseline")
    measured = {"baseline": hand_made.measured(baseline, right)}
    measured["baseline"].record.update(changes)
    assert faults(measured, text, (baseline,)) == expected


def test_a_variant_without_a_record_is_to_be_said_missing():
    assert faults({}, "", (ONE,)) == ["one: a record, or said to be missing, and not both"]
    assert faults({}, document.render((), (ONE, TWO), {}), (ONE, TWO)) == []


def test_the_committed_records_have_no_faults():
    measured = records.read_all(COMMITTED, variants.VARIANTS)
    text = DOCUMENT.read_text(encoding="utf-8")
    assert faults(measured, text, variants.VARIANTS) == []


def test_the_committed_document_is_what_the_committed_records_give():
    measured = records.read_all(COMMITTED, variants.VARIANTS)
    text = document.render(claims.CLAIMS, variants.VARIANTS, measured)
    assert DOCUMENT.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "maker, name",
    [
        (report_ideas.kfold, "five-folds"),
        (report_ideas.class_weight, "class-weight"),
        (report_ideas.class_weight_own, "own-weight"),
        (report_ideas.oversampling, "oversampling"),
        (report_ideas.one_vs_rest, "one-vs-rest"),
        (report_ideas.hierarchical, "hierarchical"),
    ],
)
def test_a_recipe_says_the_score_that_its_variant_has_on_record(maker, name):
    measured = {each: records.read(COMMITTED, VARIANTS[each]) for each in ("baseline", name)}
    said = " ".join(inspect.getdoc(maker).split())
    if measured[name] is None:
        assert "Score: see docs/report_claims.md" in said
        return
    plain, own = (each.answers.scores(each.class_names) for each in measured.values())
    low, high = own["ci95"]
    assert (
        f"Score: {own['accuracy']:.3f} on {own['n']} images out of fold (95 %: {low:.3f} to {high:.3f}), cut "
        "down to 96 pixels and 10 epochs, where plain Lite0 has "
        f"{plain['accuracy']:.3f} (docs/report_claims.md)"
    ) in said


def test_the_committed_records_are_small_and_each_belongs_to_a_variant():
    committed = [(made, path) for made in (STUDY, techniques.STUDY) for path in made.results.glob("*")]
    assert len(committed) >= 2  # a record and its answers
    for made, path in committed:
        assert path.stem in {variant.name for variant in made.variants} and path.suffix in (".json", ".npz")
        assert path.stat().st_size < LARGEST
        if path.suffix == ".json":  # where the data lay is nobody's business
            assert set(json.loads(path.read_text(encoding="utf-8"))["data"]) == {"content_hash", "n"}
