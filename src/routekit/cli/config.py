"""The project's settings: ``[tool.routekit]`` in the nearest ``pyproject.toml``."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from routekit.diagnostics.diagnostic import closest
from routekit.diagnostics.render import RENDERERS
from routekit.translation import t

__all__ = ["ConfigError", "Settings", "mapped_columns", "read_settings"]


class ConfigError(Exception):
    """Settings that cannot be used; the message names the file and the key, ``hint`` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Settings:
    """What commands take where their caller does not say; an option on the command line wins.

    ``policies`` are paths from the current folder, ``format`` and ``errors_only`` those of ``check``, and
    ``min_coverage`` is the least coverage of the examples, in percent, that ``test`` is content with.
    ``columns`` are fields by the headings of tables that stand for them.
    """

    policies: tuple[str, ...] = ()
    errors_only: bool = False
    format: str | None = None
    min_coverage: float | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


def read_settings(folder: Path | None = None) -> Settings:
    """Gives the settings for a folder, the current one by default: those of the nearest file at or above it.

    Raises :class:`ConfigError` where they cannot be read or hold what no command knows.
    """
    try:
        here = (folder or Path()).absolute()
    except FileNotFoundError:  # the folder was removed meanwhile
        return Settings()
    file = next((each for each in map(_file, (here, *here.parents)) if each.is_file()), None)
    if file is None:
        return Settings()
    table = _table(file)
    settings = Settings()
    for key, value in table.items():
        read = _KEYS.get(key)
        if read is None:
            best = closest(key, _KEYS)
            raise ConfigError(
                t("{file}: `[tool.routekit]` has no setting `{key}`", file=_shown(file), key=key),
                t("did you mean `{best}`?", best=best)
                if best
                else t("there are {listed}", listed=t(", ").join(_KEYS)),
            )
        try:
            settings = read(settings, value)
        except ValueError as error:
            raise ConfigError(
                t("{file}: `{key}` in `[tool.routekit]` {error}", file=_shown(file), key=key, error=error)
            ) from None
    paths = (os.path.relpath(file.parent / path, here) for path in settings.policies)
    return replace(settings, policies=tuple(Path(path).as_posix() for path in paths))


def _file(folder: Path) -> Path:
    return folder / "pyproject.toml"


def _shown(file: Path) -> str:
    return os.path.relpath(file)


def _table(file: Path) -> Mapping[str, object]:
    table: object = _toml(file)
    for key in ("tool", "routekit"):
        table = table.get(key, {}) if isinstance(table, dict) else table
    if not isinstance(table, dict):
        raise ConfigError(
            t("{file}: `tool.routekit` is not a table", file=_shown(file)), t("write `[tool.routekit]`")
        )
    return table


def mapped_columns(file: Path) -> Mapping[str, str]:
    """Gives the fields that the headings of tables stand for, as a file says: ``"Wert" = "customer.value"``.

    These may stand under ``[columns]``. Raises :class:`ConfigError` where they cannot be read.
    """
    table = _toml(file)
    inner = table.get("columns", table)
    try:
        return _headings(inner)
    except ValueError as error:
        raise ConfigError(f"{_shown(file)}: {error}") from None


def _toml(file: Path) -> dict[str, object]:
    import tomllib  # most calls are made in folders without such a file

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(t("{file} cannot be read: {reason}", file=_shown(file), reason=reason)) from None
    except UnicodeDecodeError:
        raise ConfigError(t("{file} is not UTF-8", file=_shown(file)), t("save it as UTF-8")) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(
            t("{file} is not TOML: {error}", file=_shown(file), error=str(error).lower())
        ) from None


def _policies(settings: Settings, value: object) -> Settings:
    if not isinstance(value, list) or not all(isinstance(path, str) and path for path in value):
        raise ValueError(t('is a list of paths, such as ["rules/telecom.route"]'))
    return replace(settings, policies=tuple(value))


def _errors_only(settings: Settings, value: object) -> Settings:
    if not isinstance(value, bool):
        raise ValueError(t("is true or false"))
    return replace(settings, errors_only=value)


def _format(settings: Settings, value: object) -> Settings:
    if not isinstance(value, str) or value not in RENDERERS:
        best = closest(value, RENDERERS) if isinstance(value, str) else None
        mean = t("; did you mean `{best}`?", best=best) if best else ""
        raise ValueError(t("is one of {listed}{mean}", listed=t(", ").join(RENDERERS), mean=mean))
    return replace(settings, format=value)


def _min_coverage(settings: Settings, value: object) -> Settings:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise ValueError(t("is a number of percent, from 0 to 100"))
    return replace(settings, min_coverage=float(value))


def _columns(settings: Settings, value: object) -> Settings:
    return replace(settings, columns=_headings(value))


def _headings(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(field, str) for field in value.values()):
        raise ValueError(t('names fields by headings, such as "Kundenwert" = "customer.value"'))
    return value


_KEYS: dict[str, Callable[[Settings, object], Settings]] = {
    "policies": _policies,
    "errors-only": _errors_only,
    "format": _format,
    "min-coverage": _min_coverage,
    "columns": _columns,
}
