"""The pictures of a search: accuracy per trial, and how much each parameter mattered."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import optuna
from matplotlib.figure import Figure  # without pyplot, which would look for a screen
from matplotlib.ticker import MaxNLocator
from optuna.trial import FrozenTrial, TrialState

from plants import files


def write_history(path: Path, name: str, trials: Sequence[FrozenTrial]) -> None:
    """A point per trial that has an accuracy, and the best of the completed ones so far as a line."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for state, marker in ((TrialState.COMPLETE, "o"), (TrialState.PRUNED, "x")):
        points = points_of(trials, state)
        if points:
            axes.plot(*zip(*points, strict=True), marker, label=f"{state.name.lower()} ({len(points)})")
    if completed := points_of(trials, TrialState.COMPLETE):
        numbers, values = zip(*completed, strict=True)
        axes.step(numbers, list(itertools.accumulate(values, max)), where="post", label="best so far")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower right")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="trial", ylabel="validation accuracy", title=f"search {name}")
    axes.grid(alpha=0.3)
    files.write_figure(path, figure)


def points_of(trials: Sequence[FrozenTrial], state: TrialState) -> list[tuple[int, float]]:
    """(number, accuracy) of each trial of a state; that of a pruned one is its last epoch's."""
    return [
        (trial.number, trial.value) for trial in trials if trial.state == state and trial.value is not None
    ]


def importance(study: optuna.Study) -> dict[str, float]:
    """The share of each parameter in the variance of the accuracy, largest first, by fANOVA; they sum to 1.

    Only of parameters that all completed trials have, so of no units where some have no such
    layer. Empty with fewer than two completed trials, or if all are equally good.
    """
    values = [value for _, value in points_of(study.get_trials(deepcopy=False), TrialState.COMPLETE)]
    if len(set(values)) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return optuna.importance.get_param_importances(study, evaluator=evaluator)


def write_importance(path: Path, name: str, shares: Mapping[str, float]) -> None:
    """A bar per parameter, the largest at the top."""
    figure = Figure(figsize=(8, 1 + 0.45 * len(shares)), layout="constrained")
    axes = figure.subplots()
    bars = axes.barh(list(shares), list(shares.values()))
    axes.bar_label(bars, fmt="%.2f", padding=3)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.1), xlabel="share of the variance of the validation accuracy (fANOVA)")
    axes.set_title(f"search {name}: what mattered")
    files.write_figure(path, figure)
