"""Reads contacts from files of every kind in one way, whoever asks for them."""

from routekit.readers.contacts import KINDS, kind_of, open_contacts
from routekit.readers.json_text import json_lines
from routekit.readers.rows import Contacts, Part, Row, UnreadableContactsError

__all__ = [
    "KINDS",
    "Contacts",
    "Part",
    "Row",
    "UnreadableContactsError",
    "json_lines",
    "kind_of",
    "open_contacts",
]
