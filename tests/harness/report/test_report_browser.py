"""The HTML page in a real browser, on a telephone and printed; skipped where no Chromium is installed."""

import re

import pypdf
import pytest
from browser import headless
from reports import PROFILE, dataset, full, scored, unscored

from plants.harness.faults import CATALOGUE, fault
from plants.harness.report import page

pytestmark = pytest.mark.rest

# The ratio of luminances of a text and what lies behind it, by WCAG 2; the lowest in the page.
LOWEST_CONTRAST = """
(() => {
  const parse = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const over = (top, below) => {
    const alpha = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map(i => top[i] * alpha + below[i] * (1 - alpha));
  };
  const behind = element => {
    const layers = [];
    for (; element; element = element.parentElement)
      layers.push(parse(getComputedStyle(element).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const luminance = color => {
    const [r, g, b] = color.map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let lowest = {ratio: 21};
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement, words = texts.currentNode.textContent.trim();
    if (!words) continue;
    const back = behind(element), ink = over(parse(getComputedStyle(element).color), back);
    const [low, high] = [luminance(back), luminance(ink)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < lowest.ratio) lowest = {ratio, words};
  }
  return lowest;
})()
"""
HEADINGS = "[...document.querySelectorAll('h1, h2, h3, h4')].map(element => Number(element.tagName[1]))"
BARE_TABLES = """[...document.querySelectorAll('table')].filter(table =>
    !table.querySelector('tbody th[scope=row]') || !table.querySelector('thead th[scope=col]')).length"""


def long_words():
    """A verdict where everything that a zip can choose is one long word."""
    word = "Mesembryanthemum_crystallinum_" * 4
    names = tuple(f"{word}{number}" for number in range(12))
    data = dataset(names, of_each=40)
    faults = [fault("RUN01", word, file=word, line=10**6, cause=word, remedy=word), fault("LOG01", word)]
    return scored(word + ".zip", class_names=names, data=data, faults=faults, notes=[word], output=word * 9)


def everything():
    """One zip with all faults that there are."""
    return unscored(faults=[fault(code, "What came. " * 12) for code in CATALOGUE], output="x\n" * 2000)


REPORTS = {
    "accepted": lambda: [scored(output="hello\n")],
    "warned": lambda: [
        scored(sure=False, faults=[fault("SEM03", "97 % predicted as Species7."), fault("LOG01", "2.1 GB.")])
    ],
    "rejected": lambda: [unscored(faults=[fault("CON01", "No 'metadata' in the root.")])],
    "harness error": lambda: [unscored(faults=[fault("HAR02", "Harness problem, not yours: no room.")])],
    "two zips": lambda: [scored("a.zip"), scored("b.zip", faults=[fault("CMP01", "Within noise.")])],
    "all sections": lambda: [full(faults=[fault("CMP01", "Within noise.")])],
    "a zip against another": lambda: [
        scored("a.zip"),
        full("b.zip", faults=[fault("CMP01", "Within noise.")]),
    ],
    "two zips against a third": lambda: [full("a.zip", faults=[fault("CMP01", "x")]), full("b.zip")],
    "five zips": lambda: [full(f"{name}.zip", faults=[fault("CMP01", "x")]) for name in "abcde"],
    "long words": lambda: [long_words()],
    "all faults": lambda: [everything()],
    "a class too many for a matrix": lambda: [scored(class_names=tuple(f"Species{i}" for i in range(40)))],
}


@pytest.fixture(scope="module")
def browser():
    with headless() as opened:
        yield opened


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """{name: path} of the pages."""
    folder = tmp_path_factory.mktemp("pages")
    paths = {name: folder / f"{name}.html" for name in REPORTS}
    for name, path in paths.items():
        page.write(path, REPORTS[name](), PROFILE)
    return paths


@pytest.mark.parametrize("width", [320, 390, 820, 1280])
@pytest.mark.parametrize("name", REPORTS)
def test_page_never_scrolls_sideways(name, width, browser, shown):
    browser.open(shown[name], width=width)
    assert browser.evaluate("innerWidth") == width
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_measure_of_scrolling_can_fail(browser, tmp_path):
    path = tmp_path / "wide.html"
    path.write_text('<meta name="viewport" content="width=device-width"><div style="width: 400px">x</div>')
    browser.open(path, width=390)
    assert browser.evaluate("document.documentElement.scrollWidth") > 390


@pytest.mark.parametrize(
    "name", ["accepted", "warned", "rejected", "harness error", "two zips", "all sections"]
)
def test_text_stands_out_from_what_lies_behind_it(name, browser, shown):
    """For those who read dark, too: the page is the same."""
    browser.open(shown[name], scheme="dark")
    lowest = browser.evaluate(LOWEST_CONTRAST)
    assert 4.5 <= lowest["ratio"] < 21, lowest
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(244, 246, 244)"


@pytest.mark.parametrize("name", REPORTS)
def test_headings_skip_no_level_and_tables_have_headers(name, browser, shown):
    browser.open(shown[name])
    levels = browser.evaluate(HEADINGS)
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    assert browser.evaluate(BARE_TABLES) == 0
    assert browser.evaluate("document.querySelectorAll('img:not([alt]), img[alt=\"\"]').length") == 0
    assert browser.evaluate("document.documentElement.lang") == "en"


def test_page_asks_for_nothing_else_and_its_images_are_shown(browser, shown):
    asked = browser.open(shown["accepted"])
    assert [address for address in asked if not address.startswith("data:")] == [shown["accepted"].as_uri()]
    assert browser.evaluate("[...document.images].filter(image => image.naturalWidth === 96).length") == 21
    assert browser.complaints == []


def test_what_the_console_says_of_a_broken_policy_is_heard(browser, tmp_path):
    path = tmp_path / "broken.html"
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    path.write_text(policy + '<img src="http://x.example/a.png">')
    browser.open(path)
    assert "Content Security Policy" in browser.complaints[0]


def printed(browser, path):
    """The text of each page on paper."""
    browser.open(path)
    browser.print_pdf(path.with_suffix(".pdf"))
    return [sheet.extract_text() for sheet in pypdf.PdfReader(path.with_suffix(".pdf")).pages]


@pytest.mark.parametrize("name", REPORTS)
def test_a_zip_is_printed_on_at_most_four_sheets(name, browser, shown):
    sheets = printed(browser, shown[name])
    assert 1 <= len(sheets) <= 4 * len(REPORTS[name]())
    assert "Written by score.py" in sheets[-1]


def test_paper_and_screen_have_all_of_five_zips_and_each_begins_a_new_sheet(browser, shown):
    sheets = [sheet.strip() for sheet in printed(browser, shown["five zips"])]
    # On each zip is said what each class was taken for; all five are in the table that comes first.
    assert sum("True 0 1 2 3" in sheet for sheet in sheets) == 5
    assert all(f"{name}.zip" in sheets[0] for name in "abcde")
    assert all(any(sheet.startswith(f"{name}.zip") for sheet in sheets) for name in "bcde")
    browser.open(shown["five zips"])
    on_screen = "[...document.querySelectorAll('article')].map(e => e.checkVisibility())"
    assert browser.evaluate(on_screen) == [True] * 5


@pytest.mark.parametrize("name", ["accepted", "warned", "two zips", "all sections"])
def test_no_table_is_cut_between_two_sheets(name, browser, shown):
    sheets = printed(browser, shown[name])
    for first, last in [
        ("What is done", "Peak memory"),
        ("True 0 1 2 3", "7 Species8"),
        ("Precision Recall F1", "7 Species8"),
    ]:
        for sheet in sheets:
            flat = " ".join(sheet.split())
            # As often as a table begins on a sheet it ends there.
            assert len(re.findall(first, flat)) <= len(re.findall(last, flat)), (first, flat)
        assert any(first in " ".join(sheet.split()) for sheet in sheets), first


@pytest.mark.parametrize("name", REPORTS)
def test_whatever_must_not_be_cut_is_shorter_than_a_sheet(name, browser, shown):
    """Otherwise `break-inside: avoid` could not be obeyed."""
    browser.open(shown[name], width=703)  # A4 less its margins, in CSS pixels of 1/96 inch
    browser.emulate_print()
    tall = browser.evaluate(
        "[...document.querySelectorAll('table, .fault')].map(element => ({"
        "height: element.getBoundingClientRect().height, rule: getComputedStyle(element).breakInside}))"
    )
    assert all(found["height"] < 1032 and found["rule"] == "avoid" for found in tall), tall


def test_a_page_is_printed_black_on_white_for_those_who_read_it_dark(browser, shown):
    browser.open(shown["accepted"], scheme="dark")
    browser.emulate_print()
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.evaluate("getComputedStyle(document.body).color") == "rgb(28, 35, 33)"
