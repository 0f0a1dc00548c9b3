"""The one benchmark of routekit: see README.md beside this file."""
