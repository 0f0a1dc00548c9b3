"""The one way in: finds out whose table it is, and gives the decisions back as one of the same kind."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from routekit.batch.decided import Decided
from routekit.policy.care_decision import CareDecision
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy

if TYPE_CHECKING:
    import pyarrow as pa

    from routekit.batch.layout import Layout
    from routekit.batch.session import Session

__all__ = ["Batch", "Progress"]

Table = TypeVar("Table")
Decide = Callable[[object, datetime], Decision]
Progress = Callable[[int], None]

_ACCEPTED = {
    ("pyarrow", "Table"): "arrow_table",
    ("pyarrow", "RecordBatch"): "arrow_batch",
    ("pyarrow", "RecordBatchReader"): "arrow_reader",
    ("polars", "DataFrame"): "polars_frame",
    ("polars", "LazyFrame"): "polars_lazy",
    ("pandas", "DataFrame"): "pandas_frame",
    ("duckdb", "DuckDBPyRelation"): "duckdb_relation",
    ("_duckdb", "DuckDBPyRelation"): "duckdb_relation",
}
_MISSING = "tables need pyarrow and numpy: install `routekit[arrow]`"


class Batch:
    """Decides tables by one policy; safe to share between threads. What it learns of a table serves the next.

    Takes the columns of a table by the names of the policy's fields (``contact.channel``, ``customer.value``,
    ``live.general.waiting``, ``offers_shown``) or as members of struct columns (``contact``, ``live``); any
    others are ignored. A null is a missing value. In a column of text a field of another type is read as a
    cell of CSV is: ``92``, ``yes``, ``3m``, ``a; b``, JSON for ``offers_shown``, and an empty text is missing
    (but for a field of text, where it is a text). Times without a zone are read in the policy's; nanoseconds
    are cut to microseconds. Where pandas keeps whole numbers or flags with gaps as floats, NaN stands for the
    missing value, as pandas has no other; in all other tables NaN is a number, and a bad one.
    """

    __slots__ = ("_decide", "_idle", "_layout", "_policy", "_schema")

    def __init__(self, policy: CheckedPolicy, decide: Decide) -> None:
        self._policy = policy
        self._decide = decide
        self._layout: Layout | None = None
        self._schema: pa.Schema | None = None
        self._idle: list[Session] = []

    def decide(self, table: Table, *, now: datetime, progress: Progress | None = None) -> Table:
        """The decisions of a table's rows, in their order, as a table of the same kind.

        The columns are those of a decision as JSON. ``now`` is the clock for rows without ``contact.at``, in
        UTC. ``progress`` is told now and then how many rows are decided. Raises ``TypeError`` for what is no
        table, ``ImportError`` where pyarrow or numpy is not installed.

        A ``RecordBatchReader`` is read, decided and given batch by batch, as its reader asks for them; a
        Polars ``LazyFrame`` is decided when it is collected. The answers of a DuckDB relation are a relation
        on the same connection; its rows are read as a stream, the answers are kept in memory.
        """
        kind = _kind_of(table)
        session = self._sessions()
        from routekit.batch import kinds
        from routekit.batch.answers import schema_of

        schema = self._schema = self._schema or schema_of(self._policy)
        run = kinds.Run(session, self._idle.append, now, progress, schema)
        return cast("Table", getattr(kinds, kind)(table, run))

    def care(
        self,
        table: Table,
        care: Callable[[object, datetime], CareDecision],
        *,
        now: datetime,
        progress: Progress | None = None,
    ) -> Table:
        """The reaches that are due for a table's customers, as a table of its kind; ``care`` asks of one.

        The columns are ``reaches``, a list for each row, and ``problems``, those of customers of whom
        something may be due. Raises what :meth:`decide` raises.
        """
        kind = _kind_of(table)
        self._sessions()
        from routekit.batch import kinds
        from routekit.batch.care import SCHEMA, CareSession

        run = kinds.Run(lambda: CareSession(self._policy, care), lambda _: None, now, progress, SCHEMA)
        return cast("Table", getattr(kinds, kind)(table, run))

    def decided(self, batch: "pa.RecordBatch", *, now: datetime) -> Decided:
        """The decisions of a record batch's rows, each decision once; for a caller who writes them himself.

        Raises ``ImportError`` where pyarrow or numpy is not installed.
        """
        session = self._sessions()()
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        decided = session.decided(columns, batch.num_rows, now)
        self._idle.append(session)
        return decided

    def arrivals(self, batch: "pa.RecordBatch") -> "tuple[Any, Any]":
        """Tells when the contacts of a record batch came: microseconds since 1970, and of which rows it is
        known, as numpy arrays.

        Raises ``ImportError`` where pyarrow or numpy is not installed.
        """
        self._sessions()
        from routekit.batch.arrivals import arrivals

        assert self._layout is not None, "made with the sessions"
        return arrivals(batch, self._layout)

    def _sessions(self) -> "Callable[[], Session]":
        """What gives a session to a run; each serves one at a time."""
        try:
            from routekit.batch.layout import layout_of
            from routekit.batch.session import Session
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in ("pyarrow", "numpy"):
                raise
            raise ImportError(_MISSING, name=error.name) from None
        layout = self._layout = self._layout or layout_of(self._policy)

        def session() -> Session:
            try:
                return self._idle.pop()
            except IndexError:
                return Session(layout, self._decide)

        return session


def _kind_of(table: object) -> str:
    for known in type(table).__mro__:
        kind = _ACCEPTED.get((known.__module__.partition(".")[0], known.__name__))
        if kind is not None:
            return kind
    raise TypeError(
        "contacts in a batch come as a pyarrow Table, RecordBatch or RecordBatchReader, a polars DataFrame "
        "or LazyFrame, a pandas DataFrame, or a DuckDB relation, not as "
        f"{type(table).__name__}; one contact goes to `decide`"
    )
