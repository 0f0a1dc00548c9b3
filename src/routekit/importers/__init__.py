"""Routing rules of other systems, translated into policies: one package for each system."""
