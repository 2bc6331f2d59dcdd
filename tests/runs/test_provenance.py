"""Which code a run is of."""

import subprocess

import pytest

from plants import files
from plants.runs import provenance


@pytest.mark.parametrize(
    "changed, dirty", [("", ""), ("docs/a.md", ""), ("results/a.json", ""), ("code.py", "-dirty")]
)
def test_the_commit_is_a_dirty_one_if_the_code_was_changed(tmp_path, changed, dirty):
    def git(*arguments):
        call = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(call, capture_output=True, text=True, check=True).stdout.strip()

    for name in ("docs/a.md", "results/a.json", "code.py"):
        files.write_json(tmp_path / name, "old")
    git("init")
    git("add", ".")
    git("commit", "-m", "all")
    of_the_code = git("rev-parse", "HEAD")[:12]
    if changed:
        files.write_json(tmp_path / changed, "new")
    assert provenance.commit(tmp_path) == of_the_code + dirty
    if changed and not dirty:
        git("commit", "--all", "-m", "not the code")
        assert git("rev-parse", "HEAD")[:12] != of_the_code == provenance.commit(tmp_path)


def test_code_outside_of_git_is_that_of_no_commit(tmp_path):
    assert provenance.commit(tmp_path) is None
