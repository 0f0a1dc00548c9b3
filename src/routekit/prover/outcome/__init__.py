"""Who decides, and each part of what is decided, as literals of the formula.

``first_match`` says which rule decides; ``outcome``, ``offers`` and ``guarantees`` write each part of what
comes of it by the part's kind. Offers shown before are free: any cap may be used up.
"""
