"""Programs that use routekit."""
