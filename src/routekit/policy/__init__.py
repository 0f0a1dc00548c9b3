"""The checked policy as plain frozen data, and what a decision is."""
