"""The score of a run, and what speaks for or against it."""
