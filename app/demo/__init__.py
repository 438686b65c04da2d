"""A plant to look at: starts real servers on this machine and builds an organization through the public API.

It must not become a back door: everything a newcomer sees went through the same routes their own clients will use.
"""
