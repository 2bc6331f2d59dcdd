"""What can be told of a zip without running it."""
