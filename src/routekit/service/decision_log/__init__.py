"""An account of every decision: what was decided, by which rule of which revision, on what facts."""

from routekit.service.decision_log.entry import Entry
from routekit.service.decision_log.files import FileSink
from routekit.service.decision_log.log import DecisionLog
from routekit.service.decision_log.otel import OpenTelemetrySink
from routekit.service.decision_log.sinks import Sink, StdoutSink, StructlogSink

__all__ = ["DecisionLog", "Entry", "FileSink", "OpenTelemetrySink", "Sink", "StdoutSink", "StructlogSink"]
