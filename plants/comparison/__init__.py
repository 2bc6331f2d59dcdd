"""Recipes side by side on the same images, and the claims of the report, measured."""
