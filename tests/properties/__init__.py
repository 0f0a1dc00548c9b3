"""Properties that hold for every policy and every contact, and what writes both."""
