"""What the report claims, measured: `python -m studies.report_claims`."""
