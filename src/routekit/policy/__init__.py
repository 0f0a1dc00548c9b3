"""The checked policy as plain frozen data, and what a decision is.

``model`` and ``expressions`` are the data that all passes meet at; ``decision`` and ``facts`` what an
evaluator gives and takes. ``operators`` and ``outcome_parts`` are the two tables by which the language
grows, ``algebra`` the one fold of three-valued logic, ``partition`` the one cut of a field's values,
``splits`` the published hash.
"""
