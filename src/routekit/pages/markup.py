"""Markup: text that is escaped once, and elements that are put together of it."""

import re
from collections.abc import Iterable
from html import escape

__all__ = ["Markup", "element", "joined", "text"]

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_VOID = frozenset({"br", "hr", "meta"})


class Markup(str):
    """Marks HTML that stands in a page as it is; every other string is escaped there.

    What is put together of it by ``+``, ``%`` or an f-string is a plain string again, so that it is escaped
    once too often rather than once too little; :func:`joined` and :func:`element` keep it.
    """

    __slots__ = ()


def text(said: str) -> Markup:
    """Returns a text as it can stand anywhere in a page; markup stays as it is.

    What is no character at all, such as half of a surrogate pair, is replaced.

    >>> text("<b> & \\udc9f")
    '&lt;b&gt; &amp; ?'
    """
    if isinstance(said, Markup):
        return said
    seen = _UNSEEN.sub("\ufffd", said.encode("utf-8", "replace").decode("utf-8"))
    return Markup(escape(seen, quote=True))


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """Returns texts and markup one behind the other, with a text between them.

    >>> joined(["a<b", element("b", "c")], ", ")
    'a&lt;b, <b>c</b>'
    """
    return Markup(str(text(between)).join(map(text, parts)))


def element(name: str, /, *content: str, **attributes: str | float | bool | None) -> Markup:
    """Returns an element; what it holds is escaped unless it is markup.

    An attribute that is ``None`` or ``False`` is left out, one that is ``True`` has no value; ``class_`` is
    written ``class``, ``aria_label`` is ``aria-label``.

    >>> element("a", "see <general>", href="#general", class_="way", hidden=False)
    '<a href="#general" class="way">see &lt;general&gt;</a>'
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(content)}</{name}>")


def _attribute(key: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    written = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {written}"
    return f' {written}="{text(value) if isinstance(value, str) else f"{value:.4g}"}"'
