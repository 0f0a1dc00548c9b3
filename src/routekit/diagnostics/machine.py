"""Diagnostics as machines want them: JSON, GitHub annotations and SARIF."""

import json
from collections.abc import Sequence

from routekit.diagnostics.codes import CODES
from routekit.diagnostics.diagnostic import Diagnostic, Edit, Fix
from routekit.diagnostics.source import Span

__all__ = ["FORMAT_VERSION", "github", "sarif", "to_json"]

FORMAT_VERSION = 1


def to_json(all_found: Sequence[Diagnostic]) -> str:
    """Writes all diagnostics as one JSON document; what the policy allows stands apart, with the reasons."""
    found = [item for item in all_found if not item.allowed]
    allowed = [item for item in all_found if item.allowed]
    document = {
        "format_version": FORMAT_VERSION,
        "errors": sum(item.severity == "error" for item in found),
        "warnings": sum(item.severity == "warning" for item in found),
        "diagnostics": [_as_object(item) for item in found],
        "allowed": [{**_as_object(item), "reason": item.allowed} for item in allowed],
    }
    return json.dumps(document, ensure_ascii=True, indent=2)


def _as_object(found: Diagnostic) -> dict[str, object]:
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "label": found.label,
        "help": found.help,
        **_place(found.span),
        "others": [
            {
                "file": other.span.source.name,
                "line": other.span.line,
                "column": other.span.column,
                **_cell(other.span),
                "text": other.text,
            }
            for other in found.others
        ],
        "fix": None if found.fix is None else _fix(found.fix),
    }


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "description": fix.description,
        "edits": [{**_place(edit.span), "text": edit.text} for edit in fix.edits],
    }


def _place(span: Span) -> dict[str, object]:
    line, column, end_line, end_column = _ends(span)
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        **_cell(span),
    }


def _cell(span: Span) -> dict[str, object]:
    """The cell of a place in a spreadsheet, whose line and column are its row and its column."""
    return {"cell": span.source.place(span.start)} if span.cell else {}


def _ends(span: Span) -> tuple[int, int, int, int]:
    start = span.source.position(span.start)
    end = span.source.position(max(span.start, span.end))
    return *start, *end


def github(found: Diagnostic) -> str:
    """Writes a diagnostic as a GitHub workflow command, which shows it beside the changed line."""
    line, column, end_line, end_column = _ends(found.span)
    message = found.message + (f" ({found.help})" if found.help else "")
    if found.span.cell:
        message = f"{found.span.source.place(found.span.start)}: {message}"
    file = _github_escape(found.span.source.name, in_property=True)
    return (
        f"::{found.severity} file={file},line={line},col={column},endLine={end_line},"
        f"endColumn={end_column},title={found.code}::{_github_escape(message)}"
    )


def _github_escape(text: str, *, in_property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def sarif(all_found: Sequence[Diagnostic]) -> str:
    """Writes all diagnostics as a SARIF 2.1.0 log, which code-scanning services read."""
    used = sorted({found.code for found in all_found})
    driver = {
        "name": "routekit",
        "rules": [{"id": code, "shortDescription": {"text": CODES[code].summary}} for code in used],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(found) for found in all_found],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, ensure_ascii=True, indent=2)


def _result(found: Diagnostic) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": found.code,
        "level": found.severity,
        "message": {"text": found.message + (f". {found.help}" if found.help else "")},
        "locations": [_location(found.span)],
    }
    if found.fix is not None:
        result["fixes"] = [_sarif_fix(found.fix)]
    # a log that has suppressions at all says of each result whether it is suppressed
    result["suppressions"] = [{"kind": "inSource", "justification": found.allowed}] if found.allowed else []
    return result


def _location(span: Span) -> dict[str, object]:
    place = {"physicalLocation": {"artifactLocation": _artifact(span), "region": _region(span)}}
    if not span.cell:
        return {**place}
    return {**place, "logicalLocations": [{"fullyQualifiedName": span.place, "kind": "member"}]}


def _sarif_fix(fix: Fix) -> dict[str, object]:
    by_file: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_file.setdefault(edit.span.source.name, []).append(edit)
    return {
        "description": {"text": fix.description},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(edits[0].span),
                "replacements": [
                    {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
                    for edit in edits
                ],
            }
            for edits in by_file.values()
        ],
    }


def _artifact(span: Span) -> dict[str, str]:
    from urllib.parse import quote  # a log is seldom asked for

    return {"uri": quote(span.source.name)}


def _region(span: Span) -> dict[str, int]:
    line, column, end_line, end_column = _ends(span)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
