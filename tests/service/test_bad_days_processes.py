"""Bad days of processes: policies replaced under load, workers killed and forked, one history for all."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from routekit.service import Acceptance, DecisionLog, FileSink, PolicySource, Router, SQLiteStore
from tests.service.test_router_history import POLICY, contact

ROOT = Path(__file__).parents[2]


def version(number: int) -> str:
    return f"""
policy care
record contact {{ channel one of voice, web  intent one of billing, cancel, other = other }}
record customer {{ id text ? }}
history {{ before count within 7d }}
channel voice {{ assisted }}
queue queue_{number} {{ on voice }}
queue known_{number} {{ on voice }}
route {{
  rule rule_{number} when history.before >= 1 then queue known_{number}
  otherwise queue queue_{number}
}}
offers {{ offer offer_{number} worth 1 }}
"""


def replace(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


def number_of(name: str) -> str:
    return name.rpartition("_")[2]


def test_a_policy_replaced_again_and_again_under_many_readers(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    replace(path, version(0))
    acceptance = Acceptance(guarantees="off")
    source = PolicySource(path, acceptance=acceptance, settle=0, poll=0.01).start()
    log = DecisionLog(FileSink(tmp_path / "log.jsonl"), capacity=1_000_000)
    router = Router(source, history=SQLiteStore(tmp_path / "h.db"), log=log)
    done = threading.Event()
    found: list[tuple[str, str, str, tuple[str, ...], str]] = []

    def note(contact: object) -> None:
        decision = router.route_sync(contact)
        found.append((decision.id, decision.revision, decision.queue, decision.offers, decision.rule))

    def read(number: int) -> None:
        while not done.is_set():
            note(contact(f"c-{number}"))
            time.sleep(0.002)

    async def read_in_loop() -> None:
        async def one(number: int) -> None:
            while not done.is_set():
                decision = await router.route(contact(f"t-{number}"))
                found.append((decision.id, decision.revision, decision.queue, decision.offers, decision.rule))
                await asyncio.sleep(0.002)

        await asyncio.gather(*(one(number) for number in range(16)))

    threads = [threading.Thread(target=read, args=(number,)) for number in range(16)]
    threads.append(threading.Thread(target=lambda: asyncio.run(read_in_loop())))
    for thread in threads:
        thread.start()
    for number in range(1, 101):
        replace(path, version(number) if number % 10 else "policy care this is no policy")
        time.sleep(0.01)
        if number % 5 == 0:
            source.refresh()
    done.set()
    for thread in threads:
        thread.join()
    router.close()
    numbers = {revision: number_of(queue) for _, revision, queue, _, _ in found}
    assert len(numbers) > 3, "several versions served"
    assert len(set(numbers.values())) == len(numbers)
    for _, revision, queue, offers, rule in found:
        served = numbers[revision]
        assert number_of(queue) == served
        assert offers == (f"offer_{served}",)
        assert rule in ("otherwise", f"rule_{served}")
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    logged = {line["id"]: (line["revision"], line["queue"], line["rule"]) for line in lines}
    assert logged == {id: (revision, queue, rule) for id, revision, queue, _, rule in found}


# ── one history for several processes ─────────────────────────────────────────

WORKER = """
import sys
from pathlib import Path
from routekit.service import Router, SQLiteStore
from tests.service.test_router_history import POLICY, contact

router = Router(POLICY, history=SQLiteStore(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    print(number % 20, *router.route_sync(contact(f"c-{number % 20}", "cancel")).offers, flush=True)
router.close()
"""


def start(path: Path, count: int) -> subprocess.Popen[str]:
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(path), str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    return worker


def test_two_processes_keep_one_cap(tmp_path: Path) -> None:
    workers = [start(tmp_path / "h.db", 100) for _ in range(2)]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    lines = [line for worker in workers for line in worker.communicate(timeout=120)[0].splitlines()]
    gifts = Counter(line.split()[0] for line in lines if line.endswith(" gift"))
    assert gifts == {str(number): 1 for number in range(20)}
    assert len(lines) == 200


def test_a_worker_killed_in_the_middle_leaves_a_history_that_others_go_on_with(tmp_path: Path) -> None:
    worker = start(tmp_path / "h.db", 100_000)
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write("go\n")
    worker.stdin.flush()
    told = [worker.stdout.readline() for _ in range(200)]
    worker.send_signal(signal.SIGKILL)
    rest, _ = worker.communicate(timeout=60)
    told += rest.splitlines()
    shown = Counter(line.split()[0] for line in told if line.strip().endswith(" gift"))
    assert set(shown.values()) == {1}
    with Router(POLICY, history=SQLiteStore(tmp_path / "h.db")) as router:
        for number in range(20):
            decision = router.route_sync(contact(f"c-{number}", "cancel"))
            assert decision.problems == ()
            assert decision.offers == ("points",), "what the killed one was granted stays granted"
    with Router(POLICY, history=SQLiteStore(tmp_path / "h.db")) as router:
        assert router.route_sync(contact("c-1")).past.touches != ()


# ── a router made before its workers are forked ───────────────────────────────


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_router_made_before_the_fork_works_in_each_worker(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    replace(path, version(0))
    program = """
import asyncio, faulthandler, json, os, sys, time
from pathlib import Path
from routekit.service import Acceptance, Customers, DecisionLog, FileSink, PolicySource, Router, SQLiteStore
from tests.service.test_bad_days_processes import replace, version
from tests.service.test_router_history import contact

folder = Path(sys.argv[1])

async def look_up(key):
    await asyncio.sleep(0.001)
    return {"id": key}

source = PolicySource(folder / "care.route", acceptance=Acceptance(guarantees="off"), settle=0, poll=0.01)
router = Router(
    source, customers=Customers(look_up, deadline=5), history=SQLiteStore(folder / "h.db"),
    log=DecisionLog(FileSink(folder / "log.jsonl")),
)
router.live.update("queue_0", waiting=1)
router.route_sync(contact("parent"))          # threads, connections and a loop are there
children = []
for number in range(3):
    child = os.fork()
    if child == 0:
        faulthandler.dump_traceback_later(60, exit=True)
        first = router.route_sync(contact(f"child-{number}"))
        second = asyncio.run(router.route(contact(f"child-{number}")))
        assert (first.queue[:-1], second.queue[:-1]) == ("queue_", "known_"), (first, second)
        assert first.problems == second.problems == (), (first, second)
        if number == 0:
            replace(folder / "care.route", version(1))
        until = time.monotonic() + 30
        while router.route_sync(contact(f"late-{number}")).queue[-1] != "1":
            assert time.monotonic() < until, "the new policy is not seen"
            time.sleep(0.05)
        router.close()
        os._exit(0)
    children.append(child)
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
after = router.route_sync(contact("parent"))
assert after.problems == (), after
router.close()
lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
assert len({line["id"] for line in lines}) == len(lines) >= 11, len(lines)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
