"""Turns to customers by itself: what is due is claimed, sent to a webhook, and what came of it is kept.

    python -m examples.services.follow_up

runs all of it on this machine: three customers, a provider that listens on the loopback, two workers who
ask at the same time. Each reach is sent once, whichever worker was first.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

from routekit import Policy
from routekit.policy.care_decision import DueReach
from routekit.service import Keeper, Router, SQLiteStore

POLICY = Path(__file__).with_name("follow_up.route")


def follow_up(router: Router, customers: list[dict[str, object]], webhook: str, journal: Path) -> int:
    """Asks for each customer what is due, sends it, writes down what came of it; how many were sent."""
    sent = 0
    for customer in customers:
        for reach in router.due_sync({"customer": customer}):
            outcome = send(webhook, customer, reach)
            entry = {"customer": customer["id"], **reach.to_dict(), "outcome": outcome}
            with journal.open("a", encoding="utf-8") as lines:
                lines.write(f"{json.dumps(entry)}\n")
            sent += 1
    return sent


def send(webhook: str, customer: dict[str, object], reach: DueReach) -> str:
    """Has the provider make a reach; ``not delivered`` where he does not take it."""
    body = json.dumps({"to": customer["id"], "by": reach.channel, "message": reach.message}).encode()
    try:
        request = Request(webhook, body, {"content-type": "application/json"})  # noqa: S310 - of the settings
        with urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
            return str(json.load(answer)["result"])
    except OSError:
        return "not delivered"


class Provider(BaseHTTPRequestHandler):
    """Stands for whoever sends messages: takes what is posted, and says that it was delivered."""

    def do_POST(self) -> None:
        """Answers one message."""
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"result": "delivered"}')

    def log_message(self, *_: object) -> None:
        """Says nothing of each."""


@contextmanager
def provider() -> Iterator[str]:
    """Listens on the loopback for as long as it is needed; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def customers_of(now: datetime) -> list[dict[str, object]]:
    """Three customers who bought a week ago, where it is day now; the last one does not consent."""
    zone = "UTC" if 10 <= now.hour < 20 else "Asia/Tokyo" if 1 <= now.hour < 11 else "America/Los_Angeles"
    known: dict[str, object] = {"zone": zone, "last_purchase": (now - timedelta(days=8)).isoformat()}
    return [
        {"id": "c-1", **known, "consents": ["sms"]},
        {"id": "c-2", **known, "consents": ["sms"]},
        {"id": "c-3", **known},
    ]


def main() -> None:
    """Runs two workers side by side, once."""
    policy, customers = Policy.from_path(POLICY), customers_of(datetime.now(UTC))
    with TemporaryDirectory() as folder, provider() as webhook:
        journal = Path(folder) / "journal.jsonl"
        stores = [SQLiteStore(Path(folder) / "history.db") for _ in range(2)]
        routers = [Router(policy, history=Keeper(store)) for store in stores]
        about = customers, webhook, journal
        workers = [threading.Thread(target=follow_up, args=(router, *about)) for router in routers]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for router in routers:
            router.close()
        for line in sorted(journal.read_text(encoding="utf-8").splitlines()):
            entry = json.loads(line)
            print(f"{entry['customer']}: {entry['name']} by {entry['channel']}, {entry['outcome']}")


if __name__ == "__main__":
    main()
