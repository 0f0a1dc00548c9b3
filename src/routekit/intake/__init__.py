"""Reads what a caller sends into facts; whatever is wrong becomes a problem, never an exception."""

from routekit.intake.contact import Intake, Sent

__all__ = ["Intake", "Sent"]
