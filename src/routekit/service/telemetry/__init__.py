"""What a service counts and measures of itself: written by all, read by exporters when they are asked."""

from routekit.service.telemetry.meters import Family, Histogram, Meters, Sample
from routekit.service.telemetry.otel import Tracing, opentelemetry
from routekit.service.telemetry.prometheus import exposition, prometheus

__all__ = ["Family", "Histogram", "Meters", "Sample", "Tracing", "exposition", "opentelemetry", "prometheus"]
