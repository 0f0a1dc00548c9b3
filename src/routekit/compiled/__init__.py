"""The same meaning as the reference's, fast: rules as bit masks, joined by generated code."""

from routekit.compiled.compiled import Compiled

__all__ = ["Compiled"]
