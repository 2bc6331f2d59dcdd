"""The run folder, as training, bundle, comparison and search read and write it."""
