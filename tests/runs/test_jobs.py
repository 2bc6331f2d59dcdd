"""Jobs: each in a process of its own, and how its end comes back as a future."""

import os

import pytest
from subprocess_work import Job, interrupt, refuse, write_process

from plants.errors import InputError
from plants.runs import jobs


def test_a_job_is_done_in_another_process_and_gives_its_folder(tmp_path):
    future = jobs.submit(Job(write_process, tmp_path))
    assert future.done() and future.result() == tmp_path
    process, word = (tmp_path / "said").read_text().split()
    assert word == "done" and int(process) != os.getpid()


def test_what_went_wrong_is_raised_by_the_future():
    future = jobs.submit(Job(refuse))
    with pytest.raises(InputError, match="^got 3, expected 4$"):
        future.result()


def test_a_ctrl_c_is_raised_at_once():
    with pytest.raises(KeyboardInterrupt):
        jobs.submit(Job(interrupt))
