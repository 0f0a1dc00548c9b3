"""What a policy does to every contact there can ever be: proved, refuted by a contact, or openly unknown."""
