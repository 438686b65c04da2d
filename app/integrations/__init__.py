"""Integrations: learning platforms in and out, first of all signed webhooks.

The feature hears of facts by events and carries them outward; no lower feature may wait for an answer from outside.
It must not become a second place for rules about learning, pay or downtime.
"""
