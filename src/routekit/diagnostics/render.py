"""Diagnostics as people and machines want them: pretty, compact, JSON, GitHub and SARIF."""

import json
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias
from urllib.parse import quote

from routekit.diagnostics.codes import CODES
from routekit.diagnostics.diagnostic import Diagnostic

__all__ = ["RENDERERS", "Paint", "compact", "github", "pretty", "sarif", "to_json"]

FORMAT_VERSION = 1
WIDEST_LINE = 160

Paint: TypeAlias = Callable[[str, str], str]
"""Colours a text: ``paint(role, text)``, the role one of error, warning, frame, help."""


def _plain(_role: str, text: str) -> str:
    return text


def _width(text: str) -> int:
    """Columns that a terminal gives the text: two for a wide letter, none for a mark above one."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _visible(text: str) -> str:
    """The text with every control character spelled out, so that a report shows what stands there."""
    return "".join(
        letter
        if letter == " " or letter.isprintable()
        else "    "
        if letter == "\t"
        else f"\\u{{{ord(letter):X}}}"
        for letter in text
    )


def pretty(found: Diagnostic, paint: Paint = _plain) -> str:
    """A diagnostic with its line of the policy, underlined; several lines of text."""
    line, column = found.span.source.position(found.span.start)
    full_line = found.span.source.line(line)
    shift = max(0, column - 1 - WIDEST_LINE // 2) if len(full_line) > WIDEST_LINE else 0
    shown = full_line[shift : shift + WIDEST_LINE]
    in_line = column - 1 - shift
    length = min(max(1, found.span.end - found.span.start), max(1, len(shown) - in_line))
    before = _width(_visible(shown[:in_line]))
    marks = "^" * max(1, _width(_visible(shown[in_line : in_line + length])))
    gutter = " " * max(3, len(str(line)))
    bar = paint("frame", f"{gutter} │")
    where = f"{found.span.source.name}:{line}:{column}"
    lines = [
        f"{paint(found.severity, f'{found.severity}[{found.code}]')}: {_visible(found.message)}",
        f"{paint('frame', f'{gutter} ┌─')} {where}",
        bar,
        f"{paint('frame', f'{line:>{len(gutter)}} │')} {_visible(shown)}".rstrip(),
        f"{bar} {' ' * before}{paint(found.severity, f'{marks} {_visible(found.label)}'.rstrip())}",
    ]
    lines += [
        f"{paint('frame', f'{gutter} =')} {paint('help', 'note')}: "
        f"{other.span.source.name}:{other.span.line}:{other.span.column}: {_visible(other.text)}"
        for other in found.others
    ]
    if found.help:
        lines.append(f"{paint('frame', f'{gutter} =')} {paint('help', 'help')}: {_visible(found.help)}")
    return "\n".join(lines)


def compact(found: Diagnostic) -> str:
    """A diagnostic in one line: ``file:line:column: severity[code]: message``."""
    where = f"{found.span.source.name}:{found.span.line}:{found.span.column}"
    message = _visible(found.message)
    return f"{where}: {found.severity}[{found.code}]: {message}" + (
        f" ({_visible(found.help)})" if found.help else ""
    )


def _ends(found: Diagnostic) -> tuple[int, int, int, int]:
    start = found.span.source.position(found.span.start)
    end = found.span.source.position(max(found.span.start, found.span.end))
    return *start, *end


def _as_object(found: Diagnostic) -> dict[str, object]:
    line, column, end_line, end_column = _ends(found)
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "label": found.label,
        "help": found.help,
        "file": found.span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "others": [
            {
                "file": other.span.source.name,
                "line": other.span.line,
                "column": other.span.column,
                "text": other.text,
            }
            for other in found.others
        ],
    }


def to_json(all_found: Sequence[Diagnostic]) -> str:
    """All diagnostics as one JSON document."""
    document = {
        "format_version": FORMAT_VERSION,
        "errors": sum(found.severity == "error" for found in all_found),
        "warnings": sum(found.severity == "warning" for found in all_found),
        "diagnostics": [_as_object(found) for found in all_found],
    }
    return json.dumps(document, ensure_ascii=True, indent=2)


def _github_escape(text: str, *, in_property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def github(found: Diagnostic) -> str:
    """A diagnostic as a GitHub workflow command, which shows it beside the changed line."""
    line, column, end_line, end_column = _ends(found)
    message = found.message + (f" ({found.help})" if found.help else "")
    file = _github_escape(found.span.source.name, in_property=True)
    return (
        f"::{found.severity} file={file},line={line},col={column},endLine={end_line},"
        f"endColumn={end_column},title={found.code}::{_github_escape(message)}"
    )


def sarif(all_found: Sequence[Diagnostic]) -> str:
    """All diagnostics as a SARIF 2.1.0 log, which code-scanning services read."""
    used = sorted({found.code for found in all_found})
    results = []
    for found in all_found:
        line, column, end_line, end_column = _ends(found)
        results.append(
            {
                "ruleId": found.code,
                "level": found.severity,
                "message": {"text": found.message + (f". {found.help}" if found.help else "")},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": quote(found.span.source.name)},
                            "region": {
                                "startLine": line,
                                "startColumn": column,
                                "endLine": end_line,
                                "endColumn": end_column,
                            },
                        }
                    }
                ],
            }
        )
    driver = {
        "name": "routekit",
        "rules": [{"id": code, "shortDescription": {"text": CODES[code].summary}} for code in used],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, ensure_ascii=True, indent=2)


def _each(render: Callable[[Diagnostic], str], between: str) -> Callable[[Iterable[Diagnostic]], str]:
    return lambda all_found: between.join(render(found) for found in all_found)


RENDERERS: dict[str, Callable[[Sequence[Diagnostic]], str]] = {
    "pretty": _each(pretty, "\n\n"),
    "compact": _each(compact, "\n"),
    "json": to_json,
    "github": _each(github, "\n"),
    "sarif": sarif,
}
