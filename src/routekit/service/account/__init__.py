"""An account of every decision: what was decided, by which rule of which revision, on what facts."""

from routekit.service.account.entry import Entry
from routekit.service.account.files import FileSink
from routekit.service.account.log import DecisionLog
from routekit.service.account.otel import OpenTelemetrySink
from routekit.service.account.sinks import Sink, StdoutSink, StructlogSink

__all__ = ["DecisionLog", "Entry", "FileSink", "OpenTelemetrySink", "Sink", "StdoutSink", "StructlogSink"]
