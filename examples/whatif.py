"""A month of the telecom pack with what came of each contact, made from a seed; and a change to be weighed.

``python examples/whatif.py build/whatif`` writes there ``contacts.jsonl``, who may come; ``decisions.jsonl``,
the month as a service would have logged it, with outcomes; and ``rules/``, the pack with a change.
``make whatif`` does this first. Nobody of whom it tells exists.
"""

import json
import shutil
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from routekit import Engine, Policy
from routekit.schema.writing import JSON
from routekit.service.contact_events import ContactEvent
from routekit.service.decision_log.masking import pseudonym
from routekit.service.decision_log.rendering import Happened
from routekit.simulation import read_scenario
from routekit.simulation.deciding import Course
from routekit.simulation.loop import Visit
from routekit.simulation.recording import Recording
from routekit.simulation.study import Study

ROOT = Path(__file__).parents[1]
SEED = 11
KEY = b"nobody of whom this tells exists"
CUSTOMERS = 6_000
CHANGE = {
    "general.longest_wait > 5m": "general.longest_wait > 90s",  # the portal is offered sooner
    '"valued customers" when customer.value >= 80': '"valued customers" when customer.value >= 72',
}
"""What the new version of the pack says otherwise, in its own words."""


def contacts(dice: Random) -> list[dict[str, dict[str, object]]]:
    """Customers like those of the pack's examples, but many more, each with a contact of some minute."""
    lines = (ROOT / "examples/contacts/telecom.jsonl").read_text(encoding="utf-8").splitlines()
    decide = Engine(Policy.from_path(ROOT / "rules/telecom.route")).decide
    models = [model for line in lines if not decide(model := json.loads(line)).problems]
    clock = ZoneInfo("Asia/Shanghai")
    made = []
    for number in range(CUSTOMERS):
        model = dice.choice(models)
        at = datetime(2026, 11, dice.randint(2, 29), tzinfo=clock) + timedelta(
            hours=dice.triangular(7, 23, 11), seconds=dice.randrange(3600)
        )
        customer = dict(model.get("customer", {}), id=f"c-{number:05}")
        for score in ("value", "growth", "churn_risk"):
            if score in customer:
                customer[score] = min(100, max(0, customer[score] + dice.randint(-15, 15)))
        born = date.fromisoformat(customer.get("birthday", "1980-01-01"))
        customer["birthday"] = (born + timedelta(days=dice.randint(-400, 400))).isoformat()
        if dice.random() < 0.1:
            customer["last_purchase"] = (at - timedelta(days=dice.uniform(0, 20))).isoformat()
        contact = dict(model["contact"], at=at.isoformat(timespec="seconds"))
        kept = {key: value for key, value in model.items() if key == "incident"}
        made.append({"contact": contact, "customer": customer, **kept})
    return made


class Month(Recording):
    """Takes down a month; of those who were served some say how it was, and some take an offer."""

    def decided(self, visit: Visit, at: float, course: Course, levels: Sequence[float]) -> None:
        """Takes down a decision: each contact is one of another customer, who may come again about it."""
        super().decided(visit, at, course, levels)
        at, number, record = self._found[-1]
        pseudonyms: dict[str, JSON] = {"customer.id": pseudonym(KEY, "customer.id", f"{visit.number}")}
        self._found[-1] = at, number, {**record, "pseudonyms": pseudonyms}

    def happened(self, visit: Visit, kind: str, at: float, queue: str | None, channel: str | None) -> None:
        """Takes down what came of a contact, and what the customer says and buys afterwards."""
        super().happened(visit, kind, at, queue, channel)
        if kind != "ended":
            return
        dice = Random(f"{SEED}/{self.id(visit)}")
        waited = at - visit.arrived
        if dice.random() < 0.18:
            liked = 4.4 - waited / 900 - 0.5 * visit.attempt
            score = min(5, max(1, round(dice.gauss(liked, 0.8))))
            self.tell(visit, "rated", at + dice.uniform(60, 7200), score=score)
        offers = visit.course.decision.offers
        if offers and dice.random() < 0.07:
            self.tell(visit, "bought", at + dice.uniform(0, 600), worth=round(dice.uniform(20, 240), 2))

    def tell(
        self, visit: Visit, kind: str, at: float, score: float | None = None, worth: float | None = None
    ) -> None:
        """Takes down an event of its own."""
        now = self._world.begin + timedelta(seconds=at)
        event = ContactEvent.read(
            {"event": kind, "of": self.id(visit), "at": now.isoformat(), "score": score, "worth": worth}
        )
        self._add(at, self._recorder(Happened(event, self._world.policy)))


def changed_rules(folder: Path) -> None:
    """Copies the packs' rules, with the change."""
    shutil.copytree(ROOT / "rules", folder, dirs_exist_ok=True)
    pack = folder / "telecom.route"
    text = pack.read_text(encoding="utf-8")
    for before, after in CHANGE.items():
        assert before in text, f"the pack says no more: {before}"
        text = text.replace(before, after)
    pack.write_text(text, encoding="utf-8")


def main(folder: Path) -> None:
    """Writes it all."""
    folder.mkdir(parents=True, exist_ok=True)
    people = contacts(Random(SEED))
    with (folder / "contacts.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(person) + "\n" for person in people)
    changed_rules(folder / "rules")
    scenario = read_scenario(ROOT / "examples/november.toml")
    policy = Policy.from_path(ROOT / "rules/telecom.route")
    study = Study((policy.checked,), scenario, tuple(people), SEED)
    month = Month(study, (0, 0), key=KEY)
    study.replicate((0, 0), month)
    with (folder / "decisions.jsonl").open("wb") as log:
        log.writelines(month.lines())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/whatif"))
