"""Studies: each measures something once, and uses the library from outside."""
