"""The same meaning as the reference's, fast: rules as bit masks, joined by generated code."""

from routekit.compiled.compiled import Compiled, Decide
from routekit.compiled.main import Clock

__all__ = ["Clock", "Compiled", "Decide"]
