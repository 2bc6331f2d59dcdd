"""Ends a training in the epoch that a test names."""

from plants.training import phases


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


def stop_in_epoch(monkeypatch, epoch, error):
    """Makes the training raise `error` when it begins the given epoch, counted from 0 over all members."""
    original, begun = phases.Training.train_epoch, []

    def train_epoch(training, learner, phase):
        begun.append(phase.name)
        if len(begun) == epoch + 1:
            raise error
        return original(training, learner, phase)

    monkeypatch.setattr(phases.Training, "train_epoch", train_epoch)
