"""A customer's past out of the file."""

from datetime import datetime

from routekit.service.history.codec import incident_of, instant_of, microseconds, touch_of
from routekit.service.history.model import MOST_SHOWN, MOST_TOUCHES, Past, Showing
from routekit.service.history.past import latest_first, newest_first, open_first
from routekit.service.history.sqlite_file import Connection

__all__ = ["past_of"]

_PAST = f"""
  SELECT * FROM (
    SELECT 't', id, at, data, outcome FROM touch
    WHERE customer = ?1 AND at > ?2 ORDER BY at DESC LIMIT {MOST_TOUCHES}
  )
  UNION ALL SELECT * FROM (
    SELECT 's', id, at, offer, NULL FROM shown
    WHERE customer = ?1 AND at > ?2 ORDER BY at DESC LIMIT {MOST_SHOWN}
  )
  UNION ALL SELECT 'i', id, closed, data, NULL FROM incident
    WHERE customer = ?1 AND (closed IS NULL OR closed > ?2)
"""  # noqa: S608 - the numbers are our own


def past_of(customer: str, since: datetime, connection: Connection) -> Past:
    """What the file holds of a customer since an instant."""
    rows = connection.rows(_PAST, (customer, microseconds(since)))
    if not rows:
        return Past.EMPTY
    touches = [touch_of(id, customer, *found) for kind, id, *found in rows if kind == "t"]
    shown = [Showing(offer, instant_of(at), id) for kind, id, at, offer, _ in rows if kind == "s"]
    incidents = [incident_of(id, customer, data, closed) for kind, id, closed, data, _ in rows if kind == "i"]
    return Past(newest_first(touches), open_first(incidents), latest_first(shown))
