"""What was found, written for people, and as JSON."""

import json
from dataclasses import replace

from routekit.diagnostics import Span
from routekit.policy.decision import Decision
from routekit.policy.outcome_parts import LOGGED_PARTS, Kind, is_given, leading, written
from routekit.prover.limits import Years
from routekit.prover.results import Finding, Promise, Proof, Reply
from routekit.prover.witness import Pair, Witness

__all__ = [
    "FORMAT_VERSION",
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
        lines += _promise_lines(promise)
    for finding in proof.findings:
        lines += _finding_lines(finding)
    lines.append(("plain", _summary(proof)))
    return lines


def _promise_lines(promise: Promise) -> list[tuple[str, str]]:
    title = f' "{promise.title}"' if promise.title else ""
    said = f"guarantee {promise.name}{title}"
    match promise.answer:
        case "proved":
            note = f" ({promise.reason})" if promise.reason else ""
            return [("good", f"proved: {said}{note}")]
        case "unknown":
            return [
                ("open", f"unknown: {_place(promise.span)}{said}"),
                ("plain", f"  why: {promise.reason}"),
                ("plain", f"  it would take: {promise.takes}"),
            ]
        case _:
            lines = [("bad", f"broken: {_place(promise.span)}{said}")]
            return lines + _witness_lines(promise.witness)


def _finding_lines(finding: Finding) -> list[tuple[str, str]]:
    role = "open" if finding.kind == "unknown" else "bad"
    lines = [(role, f"{'unknown' if role == 'open' else 'found'}: {_place(finding.span)}{finding.message}")]
    if finding.reason:
        lines.append(("plain", f"  why: {finding.reason}"))
        lines.append(("plain", f"  it would take: {finding.takes}"))
    lines += _witness_lines(finding.witness)
    if finding.gaps:
        lines.append(("plain", f"  no row is for{'' if finding.are_all else ' these, and for others'}:"))
    for gap in finding.gaps:
        lines.append(("plain", f"    {gap.condition or 'all that comes to it'}"))
        told = [("such as", gap.witness)] if gap.witness is not None else []
        if gap.known is not None and (gap.witness is None or gap.known.contact != gap.witness.contact):
            told.append(("all known" if gap.all_known else "all else known", gap.known))
        lines += [("plain", f"      {how}: {_contact_text(witness)}") for how, witness in told]
    return lines


def _contact_text(witness: Witness) -> str:
    at = "" if witness.now is None else f" at {witness.now.isoformat()}"
    return f"{json.dumps(witness.contact, ensure_ascii=False)}{at}"


def _witness_lines(witness: Witness | None) -> list[tuple[str, str]]:
    if witness is None:
        return []
    lines = [
        ("plain", f"  contact: {_contact_text(witness)}"),
        ("plain", f"  decision: {decision_words(witness.decision)}"),
    ]
    if isinstance(witness, Pair) and witness.other_decision is not None:
        lines += [
            ("plain", f"  and:     {_contact_text(replace(witness, contact=witness.other))}"),
            ("plain", f"  decision: {decision_words(witness.other_decision)}"),
        ]
    if witness.decision.because:
        lines.append(("plain", f"  because: {witness.decision.because}"))
    if witness.decision.problems:
        lines.append(
            ("plain", f"  problems: {'; '.join(str(problem) for problem in witness.decision.problems)}")
        )
    return lines


_TOLD = leading(
    (part for part in LOGGED_PARTS if part.kind is not Kind.STEPS),
    "rule", "arm", "queue", "channel", "priority", "skills", "message",
)  # fmt: skip


def decision_words(decision: Decision) -> str:
    """A decision in one line, without its plan.

    >>> decision_words(Decision("care", "1", "otherwise", "voice", "general", message="sorry"))
    'rule otherwise, queue general, channel voice, priority 5, message sorry'
    """
    told = ((part, getattr(decision, part.name)) for part in _TOLD)
    return ", ".join(f"{part.phrase} {written(part, value)}" for part, value in told if is_given(value))


def years_text(years: Years) -> str:
    """Of which years an answer speaks, as it is said.

    >>> years_text((2020, 2049))
    'contacts of 2020 to 2049'
    """
    first, last = years
    return f"contacts of {first}" if first == last else f"contacts of {first} to {last}"


def _place(span: Span | None) -> str:
    return "" if span is None else f"{span.source.name}:{span.line}: "


def _summary(proof: Proof) -> str:
    looked = ", ".join(f"{count} {what if count != 1 else what[:-1]}" for what, count in proof.checked)
    broken = sum(promise.answer == "counterexample" for promise in proof.guarantees)
    unknown = sum(p.answer == "unknown" for p in proof.guarantees) + sum(
        finding.kind == "unknown" for finding in proof.findings
    )
    proved = len(proof.guarantees) - broken - sum(p.answer == "unknown" for p in proof.guarantees)
    parts = [f"{proved} of {len(proof.guarantees)} guarantees proved"] if proof.guarantees else []
    found = sum(finding.kind != "unknown" for finding in proof.findings)
    parts.append("nothing else found" if not found else f"{found} found")
    if unknown:
        parts.append(f"{unknown} unknown")
    took = f"{looked or 'nothing'} looked at in {proof.seconds:.1f} s"
    return f"{'; '.join(parts)} ({took}, {years_text(proof.years)})"


def _who_lines(reply: Reply) -> list[tuple[str, str]]:
    """All who come to an outcome, by the condition of each group of them."""
    said = [
        ("good", f"{'exactly' if group.exact else 'at most'}: {group.condition or 'every contact'}")
        for group in reply.who
    ]
    note = "" if reply.is_exact else "; of `at most`, not all or it is not settled"
    return [*said, ("plain", f"  nobody else{note} ({years_text(reply.years)})")]


def reply_lines(reply: Reply) -> list[tuple[str, str]]:
    """The answer to a question in lines, each with its role."""
    match reply.answer:
        case "yes" if reply.who:
            return [*_who_lines(reply), *_witness_lines(reply.witness)]
        case "yes":
            return [("good", "yes"), *_witness_lines(reply.witness)]
        case "no":
            note = f": {reply.reason}" if reply.reason else ""
            return [("good", f"no, it is proved that no contact can{note} ({years_text(reply.years)})")]
        case _:
            return [
                ("open", f"unknown ({years_text(reply.years)})"),
                ("plain", f"  why: {reply.reason}"),
                ("plain", f"  it would take: {reply.takes}"),
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
    return {"file": span.source.name, "line": span.line}


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
