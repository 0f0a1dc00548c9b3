"""Holds the contact map against the policy that routes: what becomes of whom, and where service breaks."""
