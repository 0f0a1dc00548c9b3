"""Policies of five trades, of the size and in the manner that companies have them, each from one seed."""

from collections.abc import Callable

from benchmarks.trades.airline import airline
from benchmarks.trades.bank import bank
from benchmarks.trades.insurer import insurer
from benchmarks.trades.retailer import retailer
from benchmarks.trades.telecom import telecom

__all__ = ["TRADES"]

TRADES: dict[str, Callable[[], str]] = {
    "telecom": telecom,
    "bank": bank,
    "airline": airline,
    "retailer": retailer,
    "insurer": insurer,
}
"""By the name of the trade, what writes its policy."""
