"""The contact map as one HTML page: touchpoints, what becomes of whom, queues and ways, and findings."""

from routekit.contact_map.page.page import as_html

__all__ = ["as_html"]
