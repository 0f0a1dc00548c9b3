"""``routekit history``: what a service remembers of customers, and for how long."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routekit.cli.output import fail, say
from routekit.schema.times import utc_now
from routekit.service.keys import care_key
from routekit.translation import plural, t

if TYPE_CHECKING:
    from routekit.service.history import HistoryStore

__all__ = ["command", "open_history"]

_PATIENCE = timedelta(minutes=1)


@click.group()
def command() -> None:
    """Remove what a service remembers of customers, or accept that it was lost.

    STORE is the file of a SQLite history, or the address of another: postgresql://… or redis://…

    \b
    Examples:
      routekit history erase history.db c-1
      routekit history expire redis://localhost:6379/0 400d
      routekit history accept-loss redis://localhost:6379/0
    What is remembered of a contact stands in the policy's history block, as in rules/telecom.route.
    """


@command.command()
@click.argument("store", metavar="STORE")
@click.argument("customer", metavar="CUSTOMER")
def erase(store: str, customer: str) -> None:
    """Remove everything of a customer, for good.

    CUSTOMER is the key that the service knows him by, or - for a line of standard input, which no shell
    remembers.
    Exit status: 0, also where nothing was known of him; 2 where the store could not do it.

    \b
    Examples:
      routekit history erase history.db c-1
      echo c-1 | routekit history erase postgresql://localhost/care -
    """
    key = sys.stdin.readline().rstrip("\r\n") if customer == "-" else customer
    removed = _with_store(store, lambda opened: opened.erase(key) + opened.erase(care_key(key)))
    say(t("erased the customer: {removed}", removed=_records(removed)))


@command.command()
@click.argument("store", metavar="STORE")
@click.argument("age", metavar="AGE")
def expire(store: str, age: str) -> None:
    """Remove what is older than AGE: contacts, offers shown, closed incidents.

    AGE is written as in a policy (400d, 36h) and is longer than the policy's caps and history look back:
    what is removed no longer counts.
    Exit status: 0, or 2 where the store could not do it.

    \b
    Examples:
      routekit history expire history.db 400d
      routekit history expire redis://localhost:6379/0 400d
    """
    from routekit.schema.times import parse_duration

    kept = parse_duration(age)
    if kept is None or not kept:
        raise fail(t("`{age}` is no age", age=age), t("write it as in a policy: `400d`, `36h`"))
    try:
        before = utc_now() - kept
    except OverflowError:
        raise fail(
            t("`{age}` is longer than there is time", age=age), t("`400d` keeps a little more than a year")
        ) from None
    removed = _with_store(store, lambda opened: opened.expire(before))
    say(t("removed what is older than {age}: {removed}", age=age, removed=_records(removed)))


@command.command("accept-loss")
@click.argument("store", metavar="STORE")
def accept_loss(store: str) -> None:
    """Have capped offers shown again by a store that has lost what it held.

    Services withhold them until then: nobody knows any more what was shown to whom, so customers may be
    shown an offer again before its time.
    Exit status: 0, or 2 where the store could not do it.

    \b
    Examples:
      routekit history accept-loss redis://localhost:6379/0
    """

    def accept(opened: "HistoryStore") -> int:
        opened.accept_loss()  # type: ignore[attr-defined]  # all stores of ours have it
        return 0

    _with_store(store, accept)
    click.echo(t("the loss is accepted: capped offers are shown again"))


def _records(number: int) -> str:
    return plural("{number:,} record", "{number:,} records", number)


def _with_store(address: str, call: "Callable[[HistoryStore], int]") -> int:
    with open_history(address) as store:
        return call(store)


@contextmanager
def open_history(address: str, *, makes: bool = False) -> "Iterator[HistoryStore]":
    """Opens a history for a command, which ends with it where the history cannot do what it is asked.

    A file that is not there is made where the command ``makes`` one.
    """
    from routekit.service.history import StoreError

    try:
        store = _open(address, makes=makes)
    except ImportError as error:
        raise fail(str(error)) from None
    try:
        yield store
    except StoreError as error:
        raise fail(t("the history could not do it: {reason}", reason=error.reason)) from None
    finally:
        store.close()


def _open(address: str, *, makes: bool) -> "HistoryStore":
    scheme, found, _ = address.partition("://")
    if not found:
        from routekit.service.history.sqlite import SQLiteStore

        if not makes and not Path(address).is_file():
            raise fail(t("there is no file `{address}`", address=address))
        return SQLiteStore(address, timeout=_PATIENCE)
    if scheme in ("postgresql", "postgres"):
        from routekit.service.history.postgres import PostgresStore

        return PostgresStore(address, timeout=_PATIENCE)
    if scheme in ("redis", "rediss", "unix"):
        from routekit.service.history.redis import RedisStore

        return RedisStore(address, timeout=_PATIENCE)
    raise fail(
        t("`{scheme}://` is no history", scheme=scheme), t("give a file, `postgresql://…` or `redis://…`")
    )
