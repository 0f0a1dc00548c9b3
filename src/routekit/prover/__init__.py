"""What a policy does to every contact there can ever be: proved, refuted by a contact, or openly unknown.

A field, a signal or the clock is a base. ``domains`` cuts the values of each into cells that no test of the
policy tells apart, so that all is finite; ``encoding`` writes conditions over cells as literals, one for
where a condition is true and one for where it is false, so that missing values come out as the language has
them; ``outcome`` adds who decides and each part of it; ``sat`` answers. ``supported`` is what all of that
was told of: anything else is unknown.

``reachability`` asks for all that a contact should be able to reach, and ``blockers`` for what keeps it from
that. Most rules are boxes, and ``earlier_rules`` tells of these without a search, or with a small one,
whether others before them leave them any contact. What is found is written down as a contact
(``witness_contact``), made the smallest there is (``minimise``) and decided by the reference evaluator
(``witness``): one that does not come out as expected is never shown.

The space is every contact as the intake may hand it on, in the years of which an answer speaks. A required
field may be missing there too, since every contact gets a decision; contacts without problems are looked
for first.
"""
