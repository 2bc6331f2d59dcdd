"""One submission's way through one child, and how its end becomes a fault."""
