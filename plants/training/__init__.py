"""Training: augmentation, the phases of a recipe, the run folder and its pictures."""
