"""The technical ground every feature stands on: settings, database, time, ids, events, jobs, HTTP, imports.

It must not become a place for business rules: nothing here knows what a shift, a module or a paid second is.
"""
