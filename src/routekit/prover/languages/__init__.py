"""Languages of texts, walked letter by letter, and texts that lie in some and not in others.

``patterns`` reads a pattern of RE2 as an automaton. ``language`` has what tests of texts accept: patterns,
words that stand somewhere, lengths. ``letters`` finds which letters some languages tell apart, ``product``
walks many languages at once, as far as a question needs it. Nothing here knows of policies.
"""
