"""Decision Model and Notation: decision tables of a model, translated into a policy, or refused by name.

``document`` reads the XML of strangers within bounds into frozen data; ``feel`` turns expressions and cells
of FEEL into those of the language; ``tables`` turns a decision table, by its hit policy, into values by
cases; ``translate`` writes the policy and asks the prover whether rows of a unique table overlap. ``export``
goes the other way. What cannot be said the same is refused at its place, and nothing is translated in part.
"""
