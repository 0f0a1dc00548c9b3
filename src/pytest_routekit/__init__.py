"""Policies under pytest: each example of a ``.route`` file is a test."""
