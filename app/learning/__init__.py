"""Assignments, attempts, checklist runs and completions: what somebody should learn, does learn and has learned.

It must not decide when there is time to learn: that is planning's work.
"""
