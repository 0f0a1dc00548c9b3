"""Docstrings as the site shows them: roles as plain code, examples as blocks of Python."""

import re

import griffe

_ROLE = re.compile(r":[a-z]+:(`[^`]+`)")
_EXAMPLE = re.compile(r"^>>> .*?(?=\n\s*\n(?!>>> )|\Z)", re.MULTILINE | re.DOTALL)


class Docstrings(griffe.Extension):
    """Rewrites each docstring before it is taken apart."""

    def on_instance(self, *, obj: griffe.Object, **_: object) -> None:
        """Rewrites the docstring of one class, function or module."""
        if obj.docstring is not None:
            text = _ROLE.sub(r"\1", obj.docstring.value)
            obj.docstring.value = _EXAMPLE.sub(lambda found: f"```pycon\n{found[0]}\n```", text)
