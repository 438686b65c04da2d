"""The main job end to end, over HTTP only, as the people and systems that do it; every total is checked.

It must not look into the database: what it cannot learn through the API, a client cannot either.
"""
