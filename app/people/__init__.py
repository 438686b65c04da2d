"""Organizations, places (sites, areas, work centers, stations), crews, workers, memberships and roles on the tree.

It must not become a personnel file: only what placing learning into shifts needs is kept.
"""
