"""What was found, written for people, and as JSON."""

import json
from dataclasses import replace

from routekit.diagnostics import Span
from routekit.policy.decision import Decision
from routekit.policy.outcome_parts import LOGGED_PARTS, PLAIN, Kind, Saying, is_given, leading, written
from routekit.prover.limits import Years
from routekit.prover.results import Finding, Promise, Proof, Reply
from routekit.prover.witness import Pair, Witness
from routekit.translation import clauses, plural, t

__all__ = [
    "FORMAT_VERSION",
    "contacts_text",
    "decision_words",
    "proof_as_json",
    "proof_lines",
    "reply_as_json",
    "reply_lines",
    "witness_as_json",
    "years_text",
]

FORMAT_VERSION = 1


def proof_lines(proof: Proof) -> list[tuple[str, str]]:
    """A proof in lines, each with its role: ``good``, ``bad``, ``open``, ``head`` or ``plain``."""
    lines: list[tuple[str, str]] = [("head", f"{proof.policy} {proof.revision}")]
    for promise in proof.guarantees:
        lines += _promise_lines(promise, proof.said)
    for finding in proof.findings:
        lines += _finding_lines(finding, proof.said)
    lines.append(("plain", _summary(proof)))
    return lines


def _promise_lines(promise: Promise, said: Saying) -> list[tuple[str, str]]:
    title = f' "{promise.title}"' if promise.title else ""
    named = t("guarantee {name}{title}", name=promise.name, title=title)
    match promise.answer:
        case "proved":
            note = t(" ({listed})", listed=promise.reason) if promise.reason else ""
            return [("good", t("proved: {said}{note}", said=named, note=note))]
        case "unknown":
            return [
                ("open", t("unknown: {place}{said}", place=_place(promise.span), said=named)),
                ("plain", t("  why: {reason}", reason=promise.reason)),
                ("plain", t("  it would take: {takes}", takes=promise.takes)),
            ]
        case _:
            lines = [("bad", t("broken: {place}{said}", place=_place(promise.span), said=named))]
            return lines + _witness_lines(promise.witness, said)


def _finding_lines(finding: Finding, said: Saying) -> list[tuple[str, str]]:
    role = "open" if finding.kind == "unknown" else "bad"
    lines = [
        (
            role,
            (
                t("unknown: {place}{message}", place=_place(finding.span), message=finding.message)
                if role == "open"
                else t("found: {place}{message}", place=_place(finding.span), message=finding.message)
            ),
        )
    ]
    if finding.reason:
        lines.append(("plain", t("  why: {reason}", reason=finding.reason)))
        lines.append(("plain", t("  it would take: {takes}", takes=finding.takes)))
    lines += _witness_lines(finding.witness, said)
    if finding.gaps:
        lines.append(
            (
                "plain",
                (t("  no row is for:") if finding.are_all else t("  no row is for these, and for others:")),
            )
        )
    for gap in finding.gaps:
        lines.append(("plain", f"    {gap.condition or t('all that comes to it')}"))
        told = [(t("such as"), gap.witness)] if gap.witness is not None else []
        if gap.known is not None and (gap.witness is None or gap.known.contact != gap.witness.contact):
            told.append((t("all known") if gap.all_known else t("all else known"), gap.known))
        lines += [
            ("plain", t("      {how}: {contact}", how=how, contact=_contact_text(witness)))
            for how, witness in told
        ]
    return lines


def contacts_text(witness: Witness) -> str:
    """A contact as JSON in one line, with the clock that it needs; of a pair both."""
    if not isinstance(witness, Pair):
        return _contact_text(witness)
    other = json.dumps(witness.other, ensure_ascii=False)
    return t("{contact} and {other}", contact=_contact_text(witness), other=other)


def _contact_text(witness: Witness) -> str:
    at = "" if witness.now is None else t(" at {time}", time=witness.now.isoformat())
    return f"{json.dumps(witness.contact, ensure_ascii=False)}{at}"


def _witness_lines(witness: Witness | None, said: Saying) -> list[tuple[str, str]]:
    if witness is None:
        return []
    lines = [
        ("plain", t("  contact: {contact}", contact=_contact_text(witness))),
        ("plain", t("  decision: {decision}", decision=decision_words(witness.decision, said))),
    ]
    if isinstance(witness, Pair) and witness.other_decision is not None:
        lines += [
            (
                "plain",
                t(
                    "  and:     {contact}",
                    contact=_contact_text(replace(witness, contact=witness.other)),
                ),
            ),
            (
                "plain",
                t("  decision: {decision}", decision=decision_words(witness.other_decision, said)),
            ),
        ]
    if witness.decision.because:
        lines.append(("plain", t("  because: {because}", because=witness.decision.because)))
    if witness.decision.problems:
        lines.append(
            (
                "plain",
                t(
                    "  problems: {listed}",
                    listed=t("; ").join(str(problem) for problem in witness.decision.problems),
                ),
            )
        )
    return lines


_TOLD = leading(
    (part for part in LOGGED_PARTS if part.kind is not Kind.STEPS),
    "rule", "arm", "queue", "channel", "priority", "skills", "message",
)  # fmt: skip


def decision_words(decision: Decision, said: Saying = PLAIN) -> str:
    """A decision in one line, without its plan, in the words that are ``said``.

    >>> decision_words(Decision("care", "1", "otherwise", "voice", "general", message="sorry"))
    'rule otherwise, queue general, channel voice, priority 5, message sorry'
    """
    told = ((part, getattr(decision, part.name)) for part in _TOLD)
    return clauses(
        f"{t(part.phrase)} {written(part, value, said)}" for part, value in told if is_given(value)
    )


def years_text(years: Years) -> str:
    """Of which years an answer speaks, as it is said.

    >>> years_text((2020, 2049))
    'contacts of 2020 to 2049'
    """
    first, last = years
    return (
        t("contacts of {first}", first=first)
        if first == last
        else t("contacts of {first} to {last}", first=first, last=last)
    )


def _place(span: Span | None) -> str:
    if span is None:
        return ""
    return f"{span.place}: " if span.cell else f"{span.source.name}:{span.line}: "


def _summary(proof: Proof) -> str:
    looked = t(", ").join(
        plural("{number} {noun}", "{number} {noun}s", count, noun=t(what[:-1]))
        for what, count in proof.checked
    )
    broken = sum(promise.answer == "counterexample" for promise in proof.guarantees)
    unknown = sum(p.answer == "unknown" for p in proof.guarantees) + sum(
        finding.kind == "unknown" for finding in proof.findings
    )
    proved = len(proof.guarantees) - broken - sum(p.answer == "unknown" for p in proof.guarantees)
    parts = (
        [t("{proved} of {count} guarantees proved", proved=proved, count=len(proof.guarantees))]
        if proof.guarantees
        else []
    )
    found = sum(finding.kind != "unknown" for finding in proof.findings)
    parts.append(t("nothing else found") if not found else t("{found} found", found=found))
    if unknown:
        parts.append(t("{unknown} unknown", unknown=unknown))
    took = t("{looked} looked at in {seconds:.1f} s", looked=looked or t("nothing"), seconds=proof.seconds)
    return t("{parts} ({took}, {years})", parts=t("; ").join(parts), took=took, years=years_text(proof.years))


def _who_lines(reply: Reply) -> list[tuple[str, str]]:
    """All who come to an outcome, by the condition of each group of them."""
    said = [
        (
            "good",
            (
                t("exactly: {who}", who=group.condition or t("every contact"))
                if group.exact
                else t("at most: {who}", who=group.condition or t("every contact"))
            ),
        )
        for group in reply.who
    ]
    note = "" if reply.is_exact else t("; of `at most`, not all or it is not settled")
    note += t("; {reason}", reason=reply.reason) if reply.reason else ""
    return [
        *said,
        ("plain", t("  nobody else{note} ({years})", note=note, years=years_text(reply.years))),
    ]


def reply_lines(reply: Reply) -> list[tuple[str, str]]:
    """The answer to a question in lines, each with its role."""
    match reply.answer:
        case "yes" if reply.who:
            return [*_who_lines(reply), *_witness_lines(reply.witness, reply.said)]
        case "yes":
            return [("good", t("yes")), *_witness_lines(reply.witness, reply.said)]
        case "no":
            note = t(": {reason}", reason=reply.reason) if reply.reason else ""
            return [
                (
                    "good",
                    t(
                        "no, it is proved that no contact can{note} ({years})",
                        note=note,
                        years=years_text(reply.years),
                    ),
                )
            ]
        case _:
            return [
                ("open", t("unknown ({years})", years=years_text(reply.years))),
                ("plain", t("  why: {reason}", reason=reply.reason)),
                ("plain", t("  it would take: {takes}", takes=reply.takes)),
            ]


# ── as JSON ───────────────────────────────────────────────────────────────────


def proof_as_json(proof: Proof) -> dict[str, object]:
    """A proof as plain data."""
    return {
        "policy": proof.policy,
        "revision": proof.revision,
        "clean": proof.is_clean,
        "guarantees": [
            {
                "name": promise.name,
                "title": promise.title,
                "answer": promise.answer,
                **_open(promise.reason, promise.takes),
                **_span(promise.span),
                "witness": witness_as_json(promise.witness),
            }
            for promise in proof.guarantees
        ],
        "findings": [
            {
                "kind": finding.kind,
                "subject": finding.subject,
                "message": finding.message,
                "taken_by": list(finding.taken_by),
                **_open(finding.reason, finding.takes),
                **_span(finding.span),
                "witness": witness_as_json(finding.witness),
                "gaps": [
                    {
                        "condition": gap.condition,
                        "witness": witness_as_json(gap.witness),
                        "known": witness_as_json(gap.known),
                        "all_known": gap.all_known,
                    }
                    for gap in finding.gaps
                ],
                "all_gaps": finding.are_all,
            }
            for finding in proof.findings
        ],
        "checked": dict(proof.checked),
        "seconds": proof.seconds,
        "years": list(proof.years),
    }


def reply_as_json(reply: Reply) -> dict[str, object]:
    """The answer to a question as plain data."""
    return {
        "question": reply.question,
        "answer": reply.answer,
        "who": [{"condition": group.condition, "exact": group.exact} for group in reply.who],
        "exact": reply.is_exact if reply.who else None,
        **_open(reply.reason, reply.takes),
        "witness": witness_as_json(reply.witness),
        "seconds": reply.seconds,
        "years": list(reply.years),
    }


def _open(reason: str, takes: str) -> dict[str, object]:
    return {"reason": reason or None, "takes": takes or None}


def _span(span: Span | None) -> dict[str, object]:
    if span is None:
        return {"file": None, "line": None}
    return {"file": span.source.name, "line": span.line} | ({"cell": span.cell} if span.cell else {})


def witness_as_json(witness: Witness | None) -> dict[str, object] | None:
    """A contact and how it is decided, as plain data."""
    if witness is None:
        return None
    return {
        "contact": witness.contact,
        "now": None if witness.now is None else witness.now.isoformat(),
        "decision": witness.decision.to_dict(),
        "because": witness.decision.because or None,
        **_other_as_json(witness),
    }


def _other_as_json(witness: Witness) -> dict[str, object]:
    if not isinstance(witness, Pair) or witness.other_decision is None:
        return {}
    return {"other": {"contact": witness.other, "decision": witness.other_decision.to_dict()}}
