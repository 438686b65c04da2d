"""Measurements and proofs that run against real processes: benchmarks, and harnesses that kill, cut and race."""
