"""Estimates from a request's observations how well the prior fits them."""
