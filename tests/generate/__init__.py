"""Writes policies and contacts for the properties: well-typed, over the whole language."""
