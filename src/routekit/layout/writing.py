"""The text of a policy made of its declarations: pieces that are well-formed, laid out as ``fmt`` does."""

from collections.abc import Iterable
from textwrap import wrap

from routekit.layout.layout import laid_out
from routekit.schema.writing import quoted

__all__ = ["block", "comment", "example", "noted", "policy_text", "rule", "section"]

_WIDTH = 100
_SECTION = 80


def policy_text(*parts: str) -> str:
    """Joins declarations, comments and sections, a blank line between each two, and lays them out.

    Raises :class:`UnreadablePolicyError` where they do not parse.

    >>> print(policy_text("policy care", block("record contact", ["at time ?", "id text ?"])), end="")
    policy care
    <BLANKLINE>
    record contact {
      at  time ?
      id  text ?
    }
    """
    return laid_out("\n\n".join(part for part in parts if part))


def block(head: str, items: Iterable[str]) -> str:
    """Writes a declaration with braces, an item a line."""
    return "\n".join((f"{head} {{", *items, "}"))


def rule(name: str, title: str = "", *, when: str = "", body: str, because: str = "") -> str:
    """Writes a rule; ``body`` is its ``then`` with a plan, or its split.

    >>> print(rule("vip", "The best", when="customer.value >= 80", body="then queue vip"))
    rule vip "The best"
    when customer.value >= 80
    then queue vip
    """
    lines = [f"rule {name}" + (f" {quoted(title)}" if title else "")]
    lines += [f"when {when}"] if when else []
    lines.append(body)
    lines += [f"because {quoted(because)}"] if because else []
    return "\n".join(lines)


def example(title: str, given: str, expected: str) -> str:
    """Writes an example; ``given`` and ``expected`` are lists as the policy has them.

    >>> print(example("a caller", "contact.channel voice", "queue vip, priority 2"))
    example "a caller"
    given contact.channel voice
    expect queue vip, priority 2
    """
    return "\n".join(
        (f"example {quoted(title)}", *([f"given {given}"] if given else []), f"expect {expected}")
    )


def noted(line: str, note: str) -> str:
    """Writes a line with a comment behind it; none where ``note`` is empty."""
    return f"{line}  # {note}" if note else line


def section(title: str) -> str:
    """Writes the comment that begins a section."""
    head = f"# ── {title} "
    return head + "─" * max(4, _SECTION - len(head))


def comment(text: str, *, hanging: str = "") -> str:
    """Writes a comment in as many lines as it needs; ``hanging`` indents all but the first.

    >>> print(comment("one two"))
    # one two
    """
    lines = wrap(
        text,
        _WIDTH,
        initial_indent="# ",
        subsequent_indent=f"# {hanging}",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines) or "#"
