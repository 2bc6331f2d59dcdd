"""Jobs in the test's own process: its patches hold there, and no seconds go into imports."""

from plants.runs import jobs


def call(function, *arguments, doing):
    """Stands in for `run_in_subprocess`."""
    function(*arguments)


def do_jobs_here(patch):
    patch.setattr(jobs, "run_in_subprocess", call)
