"""What metadata may hold: CodaLab's worker reads it as YAML, and asks whether 'command' is in it."""

import pytest
from judging import CODABENCH, CODALAB, check, codes
from submissions import making
from submissions.making import MODEL

EITHER = MODEL.replace("(self, path)", "(self, path=None)") + "\n\nModel = model\n"
TAKEN = {
    "a sentence": "First submission of our team\n",
    "several lines": "EfficientNet,\nfine-tuned twice\n",
    "text in quotes": '"third try: resized"\n',
    "text that is not ASCII": "Prova n° 3, più grande\n",
    "a list": "- resized\n- four views\n",
    "a list in one line": "[0.87, 0.86]\n",
    "a list of mappings": "- author: me\n- command: python model.py\n",
    "an empty list": "[]\n",
    "a mapping of what is known": "description: mine\nsubmitted-by: me\n",
    "a value that is no ASCII": "team: Città Studi\n",
    "a value that is no text": "version: 3\n",
    "nothing": "",
    "null": "null\n",
    "zero": "0\n",
    "no": "no\n",
    "an empty command": "command: ''\n",
    "no commands": "command: []\n",
}
REFUSED = {
    "a number": ("3\n", "is a YAML int, neither text nor"),
    "a version": ("1.0\n", "is a YAML float, neither"),
    "yes": ("yes\n", "is a YAML bool, neither"),
    "a date": ("2022-11-28\n", "is a YAML timestamp, neither"),
    "an impossible date": ("2022-13-45\n", "is not valid YAML"),
    "a word that should be a date": ("!!timestamp soon\n", "is not valid YAML"),
    "a number too large for a float": (":".join(["1"] * 250) + ".5\n", "is not valid YAML"),
    "a word that should be yes or no": ("!!bool maybe\n", "is not valid YAML"),
    "text with the word": ("run the command below\n", "is text with the word 'command'"),
    "a list with the word": ("- description\n- command\n", "is a list with the item 'command'"),
    "text to fetch": ("Team: plants\n", "unknown key 'Team', which the server would fetch"),
    "two documents": ("first\n---\nsecond\n", "is not valid YAML"),
    "a tab": ("\tindented\n", "is not valid YAML"),
    "a tag of its own": ("!!python/name:os.system ''\n", "is no plain YAML"),
    "a list with such a tag": ("- !!python/name:os.system ''\n", "is no plain YAML"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_metadata_that_the_worker_passes_over_is_no_fault(name, tmp_path):
    result = check(making.good(tmp_path / "a.zip", metadata=TAKEN[name]))
    assert (codes(result), result.verdict) == ([], "accepted")


@pytest.mark.parametrize("name", REFUSED)
def test_metadata_that_the_worker_fails_on_is_con03(name, tmp_path):
    text, says = REFUSED[name]
    result = check(making.good(tmp_path / "a.zip", metadata=text))
    assert (codes(result), result.verdict) == (["CON03"], "rejected")
    assert says in result.faults[0].message


@pytest.mark.parametrize("name", [*TAKEN, *REFUSED])
def test_codabench_goes_on_whatever_metadata_holds_beside_a_command(name, tmp_path):
    text = TAKEN[name] if name in TAKEN else REFUSED[name][0]
    assert codes(check(making.good(tmp_path / "a.zip", model__py=EITHER, metadata=text), CODABENCH)) == []


@pytest.mark.parametrize(
    "text, codalab, codabench",
    [
        ("command: python model.py\n", ["CON02"], ["CON02"]),
        ("command: [python model.py]\n", ["CON02"], ["CON02"]),
        ("command:\n", ["CON02"], []),  # None, which the older worker strips like a text
        ("command: ''\n", [], []),
    ],
)
def test_command_counts_unless_nothing_would_be_run(text, codalab, codabench, tmp_path):
    path = making.good(tmp_path / "a.zip", model__py=EITHER, metadata=text)
    assert (codes(check(path, CODALAB)), codes(check(path, CODABENCH))) == (codalab, codabench)
