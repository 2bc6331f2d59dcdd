"""Images without labels -> their classes, by a run folder or by a submission zip."""
