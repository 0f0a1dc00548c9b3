"""The same meaning as the reference's, fast: rules as bit masks, joined by generated code."""

from routekit.compiled.compiled import Compiled, Decide
from routekit.compiled.main import Clock, utc_now

__all__ = ["Clock", "Compiled", "Decide", "utc_now"]
