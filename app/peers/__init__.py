"""Help between colleagues: peer assists, logged by one side and confirmed by the other.

It must not become a ranking of people.
"""
