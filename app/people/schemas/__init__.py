"""Shapes of people and place."""
