"""An account of every decision: what was decided, by which rule of which revision, on what facts."""

from routekit.service.decision_log.files import FileSink
from routekit.service.decision_log.log import DecisionLog
from routekit.service.decision_log.rendering import Entry
from routekit.service.decision_log.sinks import OpenTelemetrySink, Sink, StdoutSink, StructlogSink

__all__ = ["DecisionLog", "Entry", "FileSink", "OpenTelemetrySink", "Sink", "StdoutSink", "StructlogSink"]
