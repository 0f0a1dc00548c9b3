"""The passes of the checker, in order, and what comes of them."""

from dataclasses import dataclass, replace
from hashlib import sha256

from routekit.checker.allow import allowed_on_map, without_allowed
from routekit.checker.calendars import check_calendars
from routekit.checker.care import check_care
from routekit.checker.contact_map import check_contact_map
from routekit.checker.context import Context
from routekit.checker.definitions import check_definitions
from routekit.checker.history import check_history
from routekit.checker.kept_facts import check_events, check_facts, definitions_of
from routekit.checker.lints import lint
from routekit.checker.names import collect, is_too_much
from routekit.checker.offers import check_offers
from routekit.checker.outcome_data import check_data
from routekit.checker.outcomes import check_plans
from routekit.checker.promises import check_examples, check_guarantees
from routekit.checker.resources import check_channels, check_messages, check_queues
from routekit.checker.rules import check_adjustments, check_route
from routekit.checker.samenesses import check_samenesses
from routekit.checker.timezones import timezone_of
from routekit.checker.titles import titles_of
from routekit.checker.types import check_fields, check_models
from routekit.checker.workspace import Workspace
from routekit.diagnostics import CellSource, Diagnostic, Span, sort_by_place
from routekit.policy.model import HISTORY, CheckedPolicy, Field, Record, Switch
from routekit.syntax.outside import file_tables
from routekit.translation import t

__all__ = ["Checked", "check"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checker says of a policy; ``policy`` is None where there is an error.

    ``allowed`` are warnings that the policy silences in place, each with its reason.
    """

    policy: CheckedPolicy | None
    diagnostics: tuple[Diagnostic, ...]
    allowed: tuple[Diagnostic, ...] = ()


def check(workspace: Workspace, models: dict[str, tuple[Field, ...]] | None = None) -> Checked:
    """Checks the files of a workspace that has been loaded.

    ``models`` gives the fields of records that a service already has; a record that the policy does not
    declare is taken from there.
    """
    reporter = workspace.reporter
    workspace.read_others()
    if any(True for file in workspace.files for _ in file_tables(file)):
        from routekit.checker.table_files import fill_tables  # most policies have no such tables

        fill_tables(workspace, models or {})
    if is_too_much(workspace.files, reporter):
        return Checked(None, sort_by_place(reporter.found))
    names = collect(workspace.files, reporter, workspace.facts)
    names.list_files = workspace.lists
    context = Context(names, reporter)
    context.timezone = timezone_of(context)
    check_fields(context)
    check_models(context, models or {})
    data = check_data(context)
    history = check_history(context, (models or {}).get(HISTORY))
    facts = check_facts(context)
    events = check_events(context)
    definitions = check_definitions(context)
    channels = check_channels(context)
    calendars = check_calendars(context)
    queues = check_queues(context)
    messages = check_messages(context)
    check_plans(context, queues)
    rules = check_route(context, queues)
    adjustments = check_adjustments(context)
    offers, nevers, show = check_offers(context)
    care = check_care(context)
    contact_map = check_contact_map(context)
    guarantees = check_guarantees(context)
    samenesses = check_samenesses(context)
    examples = check_examples(context)
    if names.is_whole:
        _report_missing_parts(context, workspace)
    if not reporter.has_errors:
        lint(context, rules, queues, history, definitions, adjustments, care)
    files = [*workspace.files, *(table.file for table in workspace.tables)]
    diagnostics, allowed = without_allowed(files, map(_without_fix_of_cells, dict.fromkeys(reporter.found)))
    if reporter.has_errors:
        return Checked(None, diagnostics, allowed)
    head = names.policies[0]
    policy = CheckedPolicy(
        name=head.name.name,
        title=head.title,
        revision=_revision(workspace),
        timezone=context.timezone,
        records=tuple(Record(name, tuple(fields.values())) for name, fields in names.record_fields.items()),
        live=tuple(names.live_fields.values()),
        history=history,
        switches=tuple(Switch(node.name.name, node.title) for node in names.switches.values()),
        definitions=(*definitions_of(facts, events), *definitions),
        facts=facts,
        events=events,
        channels=channels,
        calendars=calendars,
        queues=queues,
        messages=messages,
        rules=rules,
        adjustments=adjustments,
        offers=offers,
        nevers=nevers,
        show=show,
        guarantees=guarantees,
        examples=examples,
        titles=titles_of(names),
        data=data,
        samenesses=samenesses,
        care=care,
        contact_map=replace(contact_map, allowed=allowed_on_map(workspace.files)),
    )
    return Checked(policy, diagnostics, allowed)


def _without_fix_of_cells(found: Diagnostic) -> Diagnostic:
    """A finding without a fix that would write into a spreadsheet: people do that."""
    fix = found.fix
    if fix is None or not any(isinstance(edit.span.source, CellSource) for edit in fix.edits):
        return found
    return replace(found, fix=None)


def _report_missing_parts(context: Context, workspace: Workspace) -> None:
    names = context.names
    if not workspace.files:
        return
    source = workspace.files[0].source
    place = names.policies[0].span if names.policies else Span(source, 0, 0)
    parts = (
        (names.policies, t("the policy has no name"), t('`policy NAME "title"` stands at its beginning')),
        (
            "contact" in names.record_fields,
            t("the policy has no `record contact`"),
            t("say what is known of a contact: `record contact { … }`"),
        ),
        (
            names.routes,
            t("the policy has no `route`"),
            t("say who gets what: `route { … otherwise queue … }`"),
        ),
    )
    for present, message, help_ in parts:
        if not present:
            context.reporter.report("RK301", message, place, help=help_)


def _revision(workspace: Workspace) -> str:
    """A fingerprint of all that was read, the same wherever it lies."""
    digest = sha256()
    for file in workspace.files:
        text = file.source.text.replace("\r\n", "\n")  # as a checkout on Windows has the same policy
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    for name, read in sorted(workspace.lists.items()):
        values = "\n".join(value for _, value in read.values)
        digest.update(f"{name}\0{values}\0".encode("utf-8", "surrogatepass"))
    for facts in workspace.fact_files.values():
        digest.update(f"{facts.text}\0".encode("utf-8", "surrogatepass"))
    for table in workspace.tables:
        digest.update(table.file.source.text[table.body :].encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:12]
