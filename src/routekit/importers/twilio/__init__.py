"""Twilio TaskRouter workflows, translated into policies."""
