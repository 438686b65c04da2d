"""A plant-year: facts made up by a seed, driven through the ledger week by week, and recomputed by plain Python."""
