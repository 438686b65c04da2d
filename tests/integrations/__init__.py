"""Tests of webhooks and other integrations."""
