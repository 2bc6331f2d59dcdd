"""A submission in a child process: walls round it, questions to it, and how its end becomes a fault."""
