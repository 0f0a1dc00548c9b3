"""Episodes as XES, the event logs of IEEE 1849, for tools of process mining: a trace for each episode."""

import re
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Self
from xml.sax.saxutils import quoteattr

from routekit.performance.episodes import Episode
from routekit.performance.joining import Story
from routekit.performance.log_entries import instant

__all__ = ["XesFile"]

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="2.0" xes.features="" xmlns="http://www.xes-standard.org/">
\t<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
\t<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
\t<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
\t<global scope="trace">
\t\t<string key="concept:name" value=""/>
\t</global>
\t<global scope="event">
\t\t<string key="concept:name" value=""/>
\t\t<date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>
\t</global>
\t<classifier name="Activity" keys="concept:name"/>
"""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XesFile:
    """Writes episodes to a stream as XES, one after the other; close it for its end.

    >>> import io
    >>> stream = io.StringIO()
    >>> with XesFile(stream):
    ...     pass
    >>> stream.getvalue().rstrip().endswith("</log>")
    True
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._count = 0
        stream.write(_HEAD)

    def episode(self, episode: Episode) -> None:
        """Writes an episode as a trace: the decisions and events of its contacts, in the order of time."""
        self._count += 1
        lines = ["\t<trace>", _string("concept:name", f"{self._count}")]
        if episode.customer is not None:
            lines.append(_string("customer", episode.customer))
        lines.append(_string("matter", episode.matter))
        rows = [row for story in episode.stories for row in _events(story)]
        for at, name, more in sorted(rows, key=lambda row: row[0]):
            lines.append("\t\t<event>")
            lines.append("\t" + _string("concept:name", name))
            lines.append(f'\t\t\t<date key="time:timestamp" value="{_time(at)}"/>')
            lines += ["\t" + _attribute(key, value) for key, value in more.items() if value is not None]
            lines.append("\t\t</event>")
        self._stream.write("\n".join([*lines, "\t</trace>\n"]))

    def close(self) -> None:
        """Writes the end."""
        self._stream.write("</log>\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _events(story: Story) -> Iterator[tuple[float, str, dict[str, str | float | None]]]:
    contact = story.contact
    decided = {
        "channel": contact.channel,
        "queue": contact.queue,
        "rule": contact.rule,
        "contact": contact.id,
    }
    yield contact.at, "decided", {**decided}
    for event in story.events:
        yield event.at, event.kind, {
            "channel": event.channel, "queue": event.queue, "org:resource": event.agent,
            "score": event.score, "worth": event.worth, "contact": contact.id,
        }  # fmt: skip


def _attribute(key: str, value: str | float | None) -> str:
    if isinstance(value, str):
        return _string(key, value)
    return f'\t\t<float key={quoteattr(key)} value="{value!r}"/>'


def _string(key: str, value: str) -> str:
    return f"\t\t<string key={quoteattr(key)} value={quoteattr(_NOT_XML.sub('�', value))}/>"


def _time(at: float) -> str:
    return instant(at).isoformat(timespec="milliseconds")
