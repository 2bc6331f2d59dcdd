"""Contests as data: one TOML file each, named as --contest has it; `contest.py` reads and checks them."""
