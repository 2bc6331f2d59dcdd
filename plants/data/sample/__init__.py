"""The sample that stands in for the contest's images, drawn by rule."""
