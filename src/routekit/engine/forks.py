"""What a forked process must make anew: locks that another thread held, threads that are gone."""

import os
from typing import Protocol
from weakref import WeakSet

__all__ = ["renew_in_child"]


class _Renewed(Protocol):
    def renew(self) -> None: ...


_owners: WeakSet[_Renewed] = WeakSet()


def renew_in_child(owner: _Renewed) -> None:
    """Has an owner's ``renew`` called in each process forked from this one, as long as the owner lives."""
    _owners.add(owner)


def _renew_all() -> None:
    for owner in list(_owners):
        owner.renew()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_renew_all)
