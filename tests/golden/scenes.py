"""What users see, a scene for each kept file, made through public names and commands alone."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from click.testing import CliRunner

from routekit import Engine, Policy
from routekit.cli.main import _routekit
from routekit.service import DecisionLog, Router

__all__ = ["KEPT", "SCENES", "Scene"]

HERE = Path(__file__).parent
GIVEN = HERE / "given"
KEPT = HERE / "kept"
ROOT = HERE.parents[1]
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
PACKS = ("airline", "bank", "telecom", "utility")

Scene = Callable[[], object]
"""Gives what is to be seen as JSON takes it."""


# ── commands ──────────────────────────────────────────────────────────────────


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder to call commands in, with the packs, the sample contacts and the policies of this folder."""
    came_from = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "rules", folder / "rules")
        shutil.copytree(ROOT / "examples" / "contacts", folder / "contacts")
        for path in GIVEN.iterdir():  # a policy is kept as text, or pytest would run its examples
            shutil.copy(path, folder / path.name.replace(".txt", ".route"))
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(came_from)


def _called(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(_routekit, list(arguments), prog_name="routekit")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return {
        "command": " ".join(("routekit", *arguments)),
        "status": result.exit_code,
        "out": _read(result.stdout),
        "err": _read(result.stderr),
    }


def _read(text: str) -> object:
    """JSON as what it says, lines of JSON as a list of that, other text as its lines."""
    for read in (json.loads, lambda text: [json.loads(line) for line in text.splitlines()]):
        try:
            return _timeless(read(text)) if text else []
        except ValueError:
            continue
    return [re.sub(r"\bin \d+\.\d s\b", "in … s", line) for line in text.splitlines()]


def command(*calls: tuple[str, ...]) -> object:
    """What commands print where, and how they exit."""
    with _folder():
        return [_called(*call) for call in calls]


def diff(pack: str, *edits: tuple[str, str], format_: str = "json") -> object:
    """The differences between a pack and each edit of it."""
    seen = []
    files = f"rules/{pack}.route", f"edited/{pack}.route", "--timeout", "600"
    with _folder() as folder:
        shutil.copytree(folder / "rules", folder / "edited")
        text = (folder / "rules" / f"{pack}.route").read_text()
        for old, new in edits:
            assert old in text, f"the pack {pack} no longer says: {old}"
            (folder / "edited" / f"{pack}.route").write_text(text.replace(old, new, 1))
            seen.append({"edit": {"from": old, "to": new}, **_called("diff", *files, "--format", format_)})
    return seen


def _timeless(value: object) -> object:
    """JSON without how long it took."""
    if isinstance(value, dict):
        return {key: _timeless(member) for key, member in value.items() if key != "seconds"}
    return [_timeless(element) for element in value] if isinstance(value, list) else value


# ── packs ─────────────────────────────────────────────────────────────────────


def decisions(pack: str) -> object:
    """Each decision about the sample contacts of a pack, with the lines of the contacts that get it."""
    with _folder():
        lines = _called(
            "decide", f"rules/{pack}.route", f"contacts/{pack}.jsonl", "--format", "json", "--now", str(NOW)
        )
    groups: dict[str, tuple[object, list[int]]] = {}
    assert isinstance(lines["out"], list)
    for number, decision in enumerate(lines["out"], start=1):
        groups.setdefault(json.dumps(decision), (decision, []))[1].append(number)
    return {**lines, "out": [{"lines": found, "decision": one} for one, found in groups.values()]}


def explanations(pack: str) -> object:
    """One explanation whole, and of the text of every fifth a digest."""
    engine = Engine(Policy.from_path(ROOT / "rules" / f"{pack}.route"))
    found = {
        line: engine.explain(contact, now=NOW)
        for line, contact in enumerate(_contacts(pack), start=1)
        if line % 5 == 0
    }
    return {
        "whole": json.loads(json.dumps(found[5].to_dict())),
        "text": {
            str(line): hashlib.sha256(str(explanation).encode()).hexdigest()[:8]
            for line, explanation in found.items()
        },
    }


def contact_model(pack: str) -> object:
    """The JSON Schema of a pack's contacts."""
    return Policy.from_path(ROOT / "rules" / f"{pack}.route").contact_model().model_json_schema()


def batches(pack: str) -> object:
    """The columns of a table of decisions, of each kind of table."""
    import polars
    import pyarrow

    engine = Engine(Policy.from_path(ROOT / "rules" / f"{pack}.route"))
    contacts = _contacts(pack)[:5]
    table = pyarrow.table({"contact.channel": [contact["contact"].get("channel") for contact in contacts]})
    arrow = engine.decide_batch(table, now=NOW)
    frame = engine.decide_batch(polars.DataFrame(table), now=NOW)
    return {
        "arrow": {field.name: str(field.type) for field in arrow.schema},
        "polars": {name: str(type_) for name, type_ in frame.schema.items()},
        "pandas": {
            str(name): str(type_)
            for name, type_ in engine.decide_batch(table.to_pandas(), now=NOW).dtypes.items()
        },
        "rows": arrow.to_pylist(),
    }


def spark() -> object:
    """The columns of decisions on Spark."""
    from routekit.distributed.spark import COLUMN_SCHEMA, SCHEMA

    return {"columns": COLUMN_SCHEMA, "schema": SCHEMA}


def records(pack: str) -> object:
    """Records of a decision log, without what is new each time."""
    seen: list[Mapping[str, object]] = []
    with (
        DecisionLog(seen.append) as log,
        Router(Policy.from_path(ROOT / "rules" / f"{pack}.route"), log=log, clock=lambda: NOW) as router,
    ):
        for contact in _contacts(pack)[:6]:
            router.route_sync(contact)
        log.flush()
    return [
        {key: value for key, value in record.items() if key not in ("id", "latency_us")} for record in seen
    ]


def _contacts(pack: str) -> list[dict[str, dict[str, object]]]:
    lines = (ROOT / "examples" / "contacts" / f"{pack}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


# ── all of them ───────────────────────────────────────────────────────────────

CHECK_FORMATS = ("pretty", "plain", "compact", "json", "github", "sarif")

SCENES: dict[str, Scene] = {
    **{
        f"{pack}.{name}": partial(scene, pack)
        for pack in PACKS
        for name, scene in {
            "decisions": decisions,
            "explanations": explanations,
            "contact_model": contact_model,
            "records": records,
        }.items()
    },
    **{
        f"{pack}.{name}": partial(command, (name, f"rules/{pack}.route", "--format", "json"))
        for pack in PACKS
        for name in ("check", "test", "prove")
    },
    "telecom.explain": partial(
        command,
        ("explain", "rules/telecom.route", "contacts/telecom.jsonl", "--limit", "3", "--now", str(NOW)),
        (
            "explain",
            "rules/telecom.route",
            "contacts/telecom.jsonl",
            "--limit",
            "1",
            "--now",
            str(NOW),
            "--plain",
            "--all",
            "--show-private",
            "--rule",
            "keep_high_value",
            "--offer",
            "loyalty_gift",
        ),
    ),
    "telecom.decide": partial(
        command,
        ("decide", "rules/telecom.route", "contacts/telecom.jsonl", "--format", "table", "--now", str(NOW)),
        (
            "decide",
            "rules/telecom.route",
            "contacts/telecom.jsonl",
            "--format",
            "table",
            "--plain",
            "--strict",
            "--now",
            str(NOW),
        ),
    ),
    "telecom.ask": partial(
        command,
        *(
            ("ask", "rules/telecom.route", question, "--format", format_)
            for question, format_ in (
                ("can a contact with customer.tier is gold reach queue portal?", "pretty"),
                ("can high_value reach queue general", "json"),
                ("can customer.teir is gold reach queue portal", "pretty"),
            )
        ),
    ),
    "telecom.diff": partial(
        diff,
        "telecom",
        ("policy telecom_care", "policy telecom_care"),
        ("priority 3, message your_team_calls", "priority 2, message your_team_calls"),
        ("customer.growth / 100", "customer.growth / 50"),
        ("customer.value < 30", "customer.value < 40"),
        ("after 3m callback within 2h", "after 4m callback within 2h"),
        ('seed "telecom-menu-1"', 'seed "telecom-menu-2"'),
    ),
    "telecom.markdown": partial(
        diff,
        "telecom",
        ("priority 3, message your_team_calls", "priority 2, message your_team_calls"),
        ("customer.growth / 100", "customer.growth / 50"),
        format_="markdown",
    ),
    "bank.diff": partial(
        diff,
        "bank",
        (
            "when fraud_alarm\n    then queue fraud_desk, priority 1",
            "when fraud_alarm\n    then queue fraud_desk, priority 2",
        ),
        ("2027-01-25..2027-04-16", "2027-01-25..2027-04-17"),
        ("worth room * 0.002", "worth room * 0.003"),
    ),
    "batches": partial(batches, "telecom"),
    "spark": spark,
    "broken": partial(
        command, *(("check", "broken.route", "--format", format_) for format_ in CHECK_FORMATS)
    ),
    "doubtful": partial(
        command,
        *(("check", "doubtful.route", "--format", format_) for format_ in CHECK_FORMATS),
        ("prove", "doubtful.route"),
        ("prove", "doubtful.route", "--format", "json"),
        ("test", "doubtful.route"),
    ),
    "statuses": partial(
        command,
        ("check", "rules/telecom.route"),
        ("check", "none.route"),
        ("chek",),
        ("decide", "rules/telecom.route", "none.jsonl"),
        ("diff", "rules/telecom.route", "none.route"),
        ("explain", "rules/telecom.route", "contacts/telecom.jsonl", "--rule", "none"),
        ("test", "broken.route"),
        ("replay", "log.jsonl", "--policy", "none.route"),
    ),
    "replay": partial(
        command,
        ("replay", "log.jsonl", "--policy", "rules/telecom.route"),
        ("replay", "log.jsonl", "--policy", "rules/telecom.route", "--format", "json"),
        ("replay", "log.jsonl", "--policy", "doubtful.route", "--format", "json"),
    ),
}
