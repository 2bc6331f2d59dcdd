"""The server at home: checks a zip, runs it without labels, scores the answers."""
