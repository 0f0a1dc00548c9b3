"""What a service counts and measures of itself: written by all, read by exporters when they are asked."""

from routekit.service.telemetry.exporters import Tracing, exposition, opentelemetry, prometheus
from routekit.service.telemetry.meters import Family, Histogram, Meters, Sample

__all__ = ["Family", "Histogram", "Meters", "Sample", "Tracing", "exposition", "opentelemetry", "prometheus"]
