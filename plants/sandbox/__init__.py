"""Runs a stranger's code behind walls and under limits; knows nothing of faults, scores or contests."""
