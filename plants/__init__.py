"""The library behind train.py, build_submission.py and score.py."""
