"""How well near-copies are told from lookalikes, by planted ones of each."""
