"""Writes policies and contacts for the properties: the whole language, at large or over small domains.

``policies`` says where a construct of the language is added; ``settings`` has the sizes and the domains.
"""
