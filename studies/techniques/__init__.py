"""Techniques of training, screened: `python -m studies.techniques`."""
