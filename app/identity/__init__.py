"""Sign-in for people, keys for integrations, sessions and their tokens.

It must not decide what a caller may do: that is the policy each route declares.
"""
