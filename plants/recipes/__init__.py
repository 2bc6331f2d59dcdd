"""Recipes: everything that decides the weights, apart from the data and the seed."""
