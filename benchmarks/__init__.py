"""How fast the kit is, beside what others use; `python benchmarks/speed.py`."""
