"""Answers against labels: the score, and all that speaks for or against it."""
