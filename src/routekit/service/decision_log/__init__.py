"""An account of every decision: what was decided, by which rule of which revision, on what facts.

``log`` takes an entry, references only, into a queue for each sink; ``writer`` is the thread behind one
queue, which counts and tries again. There ``records`` reads the contact, so that what was not sent is not
written, and ``masking`` says of each value whether it may be. ``replay`` decides records again;
``uncertainty`` works out which parts of a decision hold whatever a masked value was, by sets of answers
where the reference has one.
"""

from routekit.service.decision_log.files import FileSink
from routekit.service.decision_log.log import DecisionLog
from routekit.service.decision_log.rendering import Entry, Happened
from routekit.service.decision_log.sinks import OpenTelemetrySink, Sink, StdoutSink, StructlogSink

__all__ = [
    "DecisionLog",
    "Entry",
    "FileSink",
    "Happened",
    "OpenTelemetrySink",
    "Sink",
    "StdoutSink",
    "StructlogSink",
]
