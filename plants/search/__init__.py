"""A search for a better recipe: an Optuna study whose trials are trainings."""
