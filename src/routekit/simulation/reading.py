"""Scenarios read from TOML; whatever is wrong with one is named at its line."""

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path as File
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError

from routekit.diagnostics.diagnostic import closest
from routekit.simulation.errors import Finding, Path, ScenarioError
from routekit.simulation.scenario import Scenario
from routekit.simulation.toml_places import line_of, lines_of
from routekit.translation import t

__all__ = ["placed", "read_scenario", "scenario_of", "scenario_schema"]


def read_scenario(path: str | File) -> Scenario:
    """Reads a scenario from a TOML file.

    Raises ``OSError`` where it cannot be read, :class:`ScenarioError` where it is no scenario.
    """
    return scenario_of(File(path).read_bytes())


def scenario_of(source: str | bytes) -> Scenario:
    """Reads a scenario from a TOML text. Raises :class:`ScenarioError`.

    >>> scenario_of("begin = 2026-11-02\\ndays = 2\\nstaf = 3")
    Traceback (most recent call last):
    routekit.simulation.errors.ScenarioError: the scenario cannot be
    arrivals: is missing
    staf: is not known
      did you mean `staff`?
    """
    try:
        text = source if isinstance(source, str) else source.decode("utf-8-sig")
        values = tomllib.loads(text)
    except UnicodeDecodeError:
        raise ScenarioError([Finding((), t("is not written in UTF-8"), line=1)]) from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(
            [Finding((), t("is no TOML: {error}", error=error), line=_line_in(error))]
        ) from None
    try:
        return Scenario.model_validate(values)
    except ValidationError as error:
        findings = [_finding(dict(each)) for each in error.errors(include_url=False)]
        raise ScenarioError(placed(_without_branches(findings), text)) from None


def scenario_schema() -> dict[str, Any]:
    """Returns the JSON Schema of scenarios, for editors that complete and check them.

    >>> scenario_schema()["title"]
    'Scenario'
    """
    return Scenario.model_json_schema()


def placed(findings: Iterable[Finding], text: str) -> list[Finding]:
    """Returns findings with the lines at which they stand in a text, in their order."""
    lines = lines_of(text)
    found = [replace(finding, line=line_of(lines, finding.path)) for finding in findings]
    return sorted(found, key=lambda finding: finding.line or 0)


def _line_in(error: tomllib.TOMLDecodeError) -> int | None:
    _, _, rest = str(error).partition("line ")
    number = rest.split(",")[0].split(" ")[0].rstrip(")")
    return int(number) if number.isdigit() else None


def _finding(error: dict[str, Any]) -> Finding:
    path: Path = tuple(error["loc"])
    given = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            best = closest(str(path[-1]), _known(path[:-1]))
            return Finding(
                path, t("is not known"), "" if best is None else t("did you mean `{best}`?", best=best)
            )
        case "missing":
            return Finding(path, t("is missing"))
        case "value_error":
            return Finding(path, str(given["error"]))
        case "greater_than_equal" | "greater_than":
            least = given.get("ge", given.get("gt"))
            return Finding(path, t("is too small: it starts at {least}", least=least))
        case "less_than_equal" | "less_than":
            most = given.get("le", given.get("lt"))
            return Finding(path, t("is too large: it ends at {most}", most=most))
        case "too_short":
            return Finding(path, t("is empty"))
        case "literal_error":
            return Finding(path, t("is none of {names}", names=given["expected"].replace("'", "`")))
        case kind if str(kind).startswith("date_"):
            return Finding(path, t("is no date such as `2026-11-02`"))
        case _:
            return Finding(path, t("is not of the kind that is wanted here"), error["msg"])


def _without_branches(findings: list[Finding]) -> list[Finding]:
    """Findings without what pydantic adds to a path by itself."""
    return [
        replace(finding, path=tuple(part for part in finding.path if part != "[key]")) for finding in findings
    ]


def _known(path: Path) -> Iterable[str]:
    """The names that a table of a scenario has."""
    model: type[BaseModel] | None = Scenario
    is_key = False
    for part in path:
        if isinstance(part, int) or is_key:
            is_key = False
            continue
        field = None if model is None else model.model_fields.get(part)
        model = None if field is None else _model_in(field.annotation)
        is_key = field is not None and get_origin(field.annotation) is dict
    return () if model is None else model.model_fields


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if found is not None:
            return found
    return None
