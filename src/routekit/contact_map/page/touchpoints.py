"""The touchpoints of the journey: its stages across, who controls them down."""

from routekit.contact_map.results import DrawnMap
from routekit.pages import Cell, Markup, State, element, joined, matrix, section
from routekit.policy.contact_map import Control, Touchpoint
from routekit.translation import clauses, msgid, t

__all__ = ["cells", "part"]

_CONTROL: dict[Control, str] = {
    "ours": msgid("ours"),
    "partner": msgid("a partner's"),
    "others": msgid("others'"),
}


def part(drawn: DrawnMap) -> Markup:
    """Returns the section of the touchpoints."""
    title = t("Touchpoints by stage and control")
    key = joined([_sign(forced=True), t("forced"), _sign(forced=False), t("chosen")], " ")
    return section(
        t("Touchpoints"),
        matrix(title, t("who controls it"), *cells(drawn)),
        element("p", key, class_="note"),
        wide=True,
    )


def cells(drawn: DrawnMap) -> tuple[list[str], list[str], dict[tuple[str, str], Cell]]:
    """Returns rows, columns and what stands where."""
    stages = list(drawn.stages)
    if not all(point.stages for point in drawn.touchpoints):
        stages.append(t("of no stage"))
    found = {
        (t(said), stage): Cell(below=tuple(map(_said, there)))
        for control, said in _CONTROL.items()
        for stage in stages
        if (there := [point for point in drawn.touchpoints if _is_at(point, control, stage)])
    }
    for place, finding in enumerate(drawn.findings):
        if finding.kind == "stage" and finding.about in drawn.stages:
            missing = Cell(t("no touchpoint"), state=State.BAD, target=f"f{place}")
            found[t(_CONTROL["ours"]), finding.about] = missing
    return [t(said) for said in _CONTROL.values()], stages, found


def _is_at(point: Touchpoint, control: Control, stage: str) -> bool:
    return point.control == control and (stage in point.stages if point.stages else stage == t("of no stage"))


def _said(point: Touchpoint) -> Markup:
    where = [*point.channels, *([t("in person")] if point.in_person else [])]
    kept = [point.kept_by] if point.kept_by else []
    name = element("b", point.title or point.name)
    return joined([_sign(forced=point.forced), name, clauses([*where, *kept])], " ")


def _sign(*, forced: bool) -> Markup:
    said = t("forced") if forced else t("chosen")
    return element("span", "■" if forced else "□", role="img", aria_label=said)
