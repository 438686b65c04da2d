"""Figures as ratios: our API beside bare programs that do the same on the same tables, in one run on one machine."""
