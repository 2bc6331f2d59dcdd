"""The ETA by hand, with a clock that the tests turn, and what a log file gets of it."""

import io

import pytest

from plants.progress import Progress, clock


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def now():
    return Clock()


@pytest.mark.parametrize(
    "seconds, expected",
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (45.2, "45 s"),
        (59.4, "59 s"),
        (59.5, "1 min"),
        (59.6, "1 min"),
        (60, "1 min"),
        (89, "1 min"),
        (91, "2 min"),
        (12 * 60, "12 min"),
        (59 * 60 + 29, "59 min"),
        (59 * 60 + 31, "1 h 00 min"),
        (3 * 3600 + 5 * 60, "3 h 05 min"),
        (26 * 3600, "26 h 00 min"),
    ],
)
def test_seconds_for_people(seconds, expected):
    assert clock(seconds) == expected


def test_without_work_done_there_is_no_eta(now):
    progress = Progress(100, stream=io.StringIO(), now=now)
    now.seconds += 10
    assert progress.eta() is None


@pytest.mark.parametrize(
    "seconds, work, eta", [(10, 20, 40.0), (10, 50, 10.0), (30, 25, 90.0), (7, 100, 0.0)]
)
def test_the_eta_is_what_is_left_at_the_pace_so_far(now, seconds, work, eta):
    progress = Progress(100, stream=io.StringIO(), now=now)
    now.seconds += seconds
    progress.advance(work, "step")
    assert progress.eta() == eta


def test_more_work_than_announced_leaves_nothing_to_do(now):
    progress = Progress(100, stream=io.StringIO(), now=now)
    now.seconds += 10
    progress.advance(110, "step")
    assert progress.eta() == 0


def test_skipped_work_is_neither_left_to_do_nor_done(now):
    progress = Progress(100, stream=io.StringIO(), now=now)
    progress.skip(60)
    now.seconds += 10
    progress.advance(20, "step")
    assert progress.eta() == 10.0  # 20 of 40 took 10 seconds


def test_a_file_gets_whole_lines_and_nothing_else(now):
    log = io.StringIO()
    progress = Progress(100, stream=log, now=now)
    progress.line("starting")
    for _ in range(5):
        now.seconds += 10
        progress.advance(10, "step")
    progress.line("epoch 1")
    assert log.getvalue() == "starting\nepoch 1  ETA 50 s\n"


def test_a_terminal_gets_a_running_line_once_a_second_at_most(now):
    screen = Terminal()
    progress = Progress(10, stream=screen, now=now)
    for _ in range(8):  # shown at 1 and at 2 seconds
        now.seconds += 0.25
        progress.advance(1, "step")
    shown = "\rstep  ETA {}\033[K"
    assert screen.getvalue() == shown.format("2 s") + shown.format("0 s")  # 1.5 and 0.5 seconds


def test_a_line_that_stays_wipes_the_running_one(now):
    screen = Terminal()
    progress = Progress(10, stream=screen, now=now)
    now.seconds += 5
    progress.advance(5, "step")
    progress.line("epoch 1")
    assert screen.getvalue() == "\rstep  ETA 5 s\033[K\r\033[Kepoch 1  ETA 5 s\n"


def test_without_a_stream_it_is_standard_output(capsys):
    Progress(10).line("starting")
    assert capsys.readouterr().out == "starting\n"


def test_a_file_gets_a_line_after_so_many_seconds_where_that_is_asked_for(now):
    log = io.StringIO()
    progress = Progress(10, line_seconds=10, stream=log, now=now)
    for done in range(1, 9):  # shown at 12 and at 24 seconds
        now.seconds += 3
        progress.advance(1, f"{done} of 10")
    assert log.getvalue() == "4 of 10  ETA 18 s\n8 of 10  ETA 6 s\n"


def test_the_running_line_can_be_wiped_and_a_file_has_none(now):
    for stream, wiped in ((Terminal(), "\r\033[K"), (io.StringIO(), "")):
        Progress(10, stream=stream, now=now).wipe()
        assert stream.getvalue() == wiped
