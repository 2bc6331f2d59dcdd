"""The HTML page as text: what it says, and that nothing of a zip's becomes markup."""

import dataclasses
import re

import numpy as np
import pytest
from judging import CODALAB, judge, told
from reports import PROFILE, SPECIES, Page, dataset, full, scored, unscored
from submissions import making

import score
from plants import commandline
from plants.errors import InputError
from plants.harness.compare_zips import Flip
from plants.harness.examples import Answered
from plants.harness.faults import fault
from plants.harness.report import mistakes, page, views

HOSTILE = "<script>alert(1)</script>\"'><img src=http://evil.example/x onerror=alert(1)>{{ 613 * 617 }}"
ADDRESSES = {"a": "href", "img": "src"}


def test_accepted_zip_has_score_interval_classes_and_circumstances_on_its_page():
    text = Page(scored()).text
    # 48 images; half of each class but the last are wrong: 7 * 3 = 21.
    assert "Accepted The server would take this zip." in text
    assert "56.2 % accuracy on 48 images, 95 % interval 42.3 % to 69.3 %" in text
    assert "Wrong answers 21 of 48" in text
    assert "No fault and no warning." in text
    assert "0 Species1 6 1.000 0.500 0.667" in text  # all three answers right, three of six found
    assert "predict predict all images in one call 7.5 s" in text
    assert "Peak memory 1.28 GB" in text
    assert "fresh folder, time limit" in text and "numpy 2.4.6" in text and "4e4e" in text
    assert "time limit 5 min" in text and "codalab-2022" in text


def test_fault_is_shown_with_place_cause_and_remedy_and_those_that_reject_come_first():
    found = [
        fault("ZIP03", "3 junk files."),
        fault("OUT01", "No numbers.", file="model.py", line=7, cause="Because.", remedy="Mend it."),
    ]
    text = Page(unscored(faults=found, notes=["a note"])).text
    assert "Rejected" in text and "accuracy" not in text
    assert "OUT01 Fault model.py, line 7 No numbers. Cause Because. Remedy Mend it." in text
    assert text.index("OUT01 Fault") < text.index("ZIP03 Warning")
    assert "Note: a note" in text


def test_harness_problem_is_not_blamed_on_the_zip():
    text = Page(unscored(faults=[fault("HAR02", "Harness problem, not yours: interrupted.")])).text
    assert "Harness error The harness could not do its work. This says nothing about the zip." in text
    assert "HAR02 Harness problem Harness problem, not yours: interrupted." in text


def test_several_zips_share_one_page_with_a_summary():
    text = Page(scored("a.zip"), unscored("b.zip", faults=[fault("CON01", "No metadata.")])).text
    assert "2 submissions" in text
    assert "a.zip Python 3.11.7 accepted 56.2 % 42.3 % to 69.3 % none" in text
    assert "b.zip rejected – CON01" in text


def test_comparison_says_plainly_whether_the_difference_is_noise():
    text = Page(full(flips=2)).text
    assert (
        "Against other.zip +4.2 pp within noise: as large a difference comes about by chance p = 0.83" in text
    )
    assert "95 % interval of the difference -1.8 pp to +2.7 pp, on 48 images that both answered." in text
    assert "12 gained, 10 lost, 2 answered differently." in text
    # The other one is wrong on the first image, this one on the second.
    assert "Species1 Species1/00000.jpg Species1 ✓ Species2 ✗" in text
    assert "Species2 Species1/00001.jpg Species3 ✗ Species2 ✓" in text
    assert "the first 12 of 30" in Page(full()).text and "the first 12" not in text


def test_forecast_marks_what_would_take_too_long():
    text = Page(full()).text
    assert "Forecast for the contest's hidden images; 5 min are allowed." in text
    assert "1260 20.3 s at most 2.05 GB 2942 7 min 20 s, too long –" in text


def test_ledger_diagnosis_and_probes_are_told():
    text = Page(full()).text
    assert "These images were scored 7 times, for 3 zips; best so far 89.1 %." in text
    assert "The manifest says 87.0 %." in text and "if X is not divided by 255 63 92.3 %" in text
    assert "X as a uint8 tensor 63 images, failed" in text and "one by one 63 images, 1.1 s" in text
    assert "repeated, 1 63 images" in text


def test_matrix_has_a_row_for_each_interpreter():
    text = Page(full()).text
    assert "Python 3.9.18, TensorFlow 2.9.3 python3.9 accepted 56.25 % 0" in text
    assert "Python 3.12.1 python3.12: ENV01 No module named 'x'. rejected – –" in text


def saying(text):
    """A verdict with `text` wherever the words come from a zip."""
    names = (text, *SPECIES[1:])
    verdict = full(
        text,
        class_names=names,
        data=dataset(names, names=tuple(f"{text}{i}" for i in range(48))),
        faults=[fault("LOG01", text, file=text, cause=text, remedy=text)],
        notes=[text],
        output=text + "\x1b[31m\x00\u202e",
        isolation=[text],
        versions={text: text},
    )
    flips = (Flip(text, text, text, text),)
    verdict.comparison = dataclasses.replace(verdict.comparison, reference=text, flips=flips)
    verdict.matrix = [dataclasses.replace(row, interpreter=text, why=text) for row in verdict.matrix]
    verdict.probes["calls"][text] = {"what": text, "n": 1, "seconds": 1.0, "failed": text}
    return verdict


@pytest.mark.parametrize("others", [[], [scored("b.zip")]], ids=["alone", "of several"])
def test_nothing_that_comes_from_a_zip_becomes_markup(others):
    hostile, usual = Page(saying(HOSTILE), *others), Page(saying("x"), *others)
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in usual.tags]
    for (tag, attributes), (_, usual_ones) in zip(hostile.tags, usual.tags, strict=True):
        assert attributes.keys() == usual_ones.keys(), tag
    assert hostile.text.count("{{ 613 * 617 }}") >= 10 and "378221" not in hostile.text
    assert not set("\x1b\x00\u202e") & set(hostile.source)


def test_page_needs_no_other_file_and_no_script():
    tags = Page(scored(), unscored()).tags
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in tags}
    addresses = [attributes[ADDRESSES[tag]] for tag, attributes in tags if tag in ADDRESSES]
    assert len(addresses) == 2 + 8  # links of the summary, a row of images
    assert all(address.startswith(("#zip-", "data:image/jpeg;base64,")) for address in addresses)
    policy = [attributes["content"] for tag, attributes in tags if "http-equiv" in attributes]
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]
    assert not re.search(r"@import|url\(", Page(scored()).source)


def test_images_are_described_for_those_who_cannot_see_them():
    images = [attributes for tag, attributes in Page(scored()).tags if tag == "img"]
    assert len(images) == 21  # every wrong one
    assert images[0]["alt"] == "Species1/00000.jpg: a photo of Species1, taken for Species2"


def answered(labels, answers, probabilities=None):
    data = dataset(("a", "b", "c"), of_each=2)
    return Answered(data, np.array(labels), np.array(answers), ("a", "b", "c"), probabilities)


def test_without_probabilities_the_commonest_confusion_comes_first():
    found = mistakes.worst(answered([0, 0, 1, 1, 2, 2], [1, 0, 2, 2, 2, 0]))
    # b for c twice, then a for b and c for a, once each, in the order of the classes.
    assert [(one.truth, one.answer) for one in found] == [("b", "c"), ("b", "c"), ("a", "b"), ("c", "a")]
    assert [one.name for one in found] == ["b/00002.jpg", "b/00003.jpg", "a/00000.jpg", "c/00005.jpg"]
    assert {one.probability for one in found} == {None}


def test_with_probabilities_what_leaves_the_true_class_least_comes_first():
    given = np.array([[0.4, 0.6, 0], [1, 0, 0], [0.1, 0.05, 0.85], [0, 0.3, 0.7], [0, 0, 1], [0.8, 0, 0.2]])
    found = mistakes.worst(answered([0, 0, 1, 1, 2, 2], [1, 0, 2, 2, 2, 0], given), most=3)
    assert [(one.name, one.of_truth, one.probability) for one in found] == [
        ("b/00002.jpg", 0.05, 0.85),
        ("c/00005.jpg", 0.2, 0.8),
        ("b/00003.jpg", 0.3, 0.7),
    ]


def test_faultless_answers_show_no_gallery():
    verdict = scored()
    perfect = answered([0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2])
    verdict.answered = perfect
    assert mistakes.worst(perfect) == [] and "Worst images" not in Page(verdict).text


def test_classes_that_a_manifest_merely_names_fill_no_pages():
    record = {
        "per_class": [{"name": f"c{i}", "n": int(i == 5)} for i in range(1000)],
        "confusion": [[int((i, j) == (5, 7)) for j in range(1000)] for i in range(1000)],
    }
    assert [row["number"] for row in views.classes(record)] == [5, 7]
    assert views.matrix(record) == []


@pytest.mark.parametrize(
    "value, text", [(0.004, "0.00 s"), (7.489, "7.5 s"), (60, "60 s"), (300.0, "5 min"), (754, "12 min 34 s")]
)
def test_seconds_are_said_as_people_do(value, text):
    assert views.seconds(value) == text


@pytest.mark.parametrize(
    "value, text", [(10, "10 bytes"), (1536, "1.5 KB"), (8 * 2**30, "8 GB"), (2**43, "8.19e+03 GB")]
)
def test_sizes_count_by_1024(value, text):
    assert views.size(value) == text


def test_judged_zip_leaves_its_page_whole_and_nothing_beside_it(tmp_path):
    path = tmp_path / "a.html"
    result = judge(making.good(tmp_path / "a.zip"))
    assert told(result) == []
    page.write(path, [result], CODALAB)
    text = path.read_text()
    # 27 of 30 first pixels are the label, by making.images_and_labels.
    assert "90.0\u00a0%" in text and text.count("data:image/jpeg") == 3 and text.endswith("</html>\n")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.html", "a.zip"]


def test_page_that_cannot_be_made_leaves_the_old_one_and_the_json(tmp_path, monkeypatch, capsys):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page.Path, "write_text", full)
    old, record = tmp_path / "a.html", tmp_path / "a.json"
    old.write_bytes(b"old")
    monkeypatch.setattr(score.record, "_write_json", lambda path, *_: path.write_bytes(b"new"))
    monkeypatch.setitem(score.record.WRITERS, "--json", score.record._write_json)
    zip_path = making.good(tmp_path / "a.zip")
    assert score.main([str(zip_path), "--check", "--json", str(record), "--html", str(old)]) == 3
    assert f"HAR02 Harness problem, not yours: --html {old}: [Errno 28] No space" in capsys.readouterr().err
    assert (old.read_bytes(), record.read_bytes()) == (b"old", b"new")
    assert not list(tmp_path.glob("*.partial"))


def test_defect_of_the_page_costs_no_verdict(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(page, "render", lambda *_: 1 / 0)
    zip_path = making.good(tmp_path / "a.zip")
    assert score.main([str(zip_path), "--check", "--html", str(tmp_path / "a.html")]) == 3
    said = capsys.readouterr()
    assert "a.zip: ACCEPTED" in said.out
    assert "not yours: --html" in said.err and "ZeroDivisionError: division by zero." in said.err


def test_json_and_html_in_one_file_are_refused(tmp_path):
    zip_path = making.good(tmp_path / "a.zip")
    with pytest.raises(InputError, match="--json and --html name the same file"):
        score.main([str(zip_path), "--check", "--json", str(tmp_path / "a"), "--html", str(tmp_path / "a")])


def test_page_that_would_take_the_place_of_a_link_is_refused_before_anything_is_judged(tmp_path):
    (tmp_path / "a.html").symlink_to("elsewhere")
    zip_path = making.good(tmp_path / "a.zip")
    with pytest.raises(InputError, match=r"--html .*a\.html: cannot be written \(it is a link or a device\)"):
        score.main([str(zip_path), "--check", "--html", str(tmp_path / "a.html")])


def test_ctrl_c_while_the_page_is_made_leaves_the_json_and_no_half_page(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(page.Path, "write_text", interrupted)
    monkeypatch.setitem(score.record.WRITERS, "--json", lambda path, *_: path.write_bytes(b"whole"))
    zip_path = making.good(tmp_path / "a.zip")
    arguments = [
        str(zip_path),
        "--check",
        "--json",
        str(tmp_path / "a.json"),
        "--html",
        str(tmp_path / "a.html"),
    ]
    assert commandline.run(score.main, arguments) == commandline.INTERRUPTED
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.json", "a.zip"]


def test_check_alone_makes_a_page_too(tmp_path):
    zip_path = making.good(tmp_path / "a.zip", metadata=None)
    assert score.main([str(zip_path), "--check", "--html", str(tmp_path / "a.html")]) == 1
    assert "CON01" in (tmp_path / "a.html").read_text()


def test_every_field_of_the_profile_is_on_the_page():
    shown = dict(views.settings(PROFILE))
    assert shown["python"] == "3.9" and shown["unpacked limit"] == "8 GB" and shown["passes path"] == "yes"
    assert len(shown) == len(PROFILE.__dataclass_fields__) - 1  # the name stands in the heading
