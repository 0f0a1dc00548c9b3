"""Who is served when: one small centre after the other, to the second."""

from typing import Any

from tests.simulation.traces import traced

POLICY = """
policy small "A small centre"
record contact { channel one of voice, chat, web  kind text = "" }
channel voice { assisted cost 4 }
channel chat { assisted cost 2 }
channel web { self_service cost 0.1 }
queue general { on voice, chat }
queue experts { on voice  skills wise }
queue portal { on web }
route {
  rule urgent when contact.kind is "urgent" then queue general, priority 1
  rule expert when contact.kind is "expert" then queue experts
  rule french when contact.kind is "french" then queue general, skills {french}
  rule mine when contact.kind is "mine" then queue general, agent "wu"
    after 60s any agent
  rule moves when contact.kind is "moves" then queue experts
    after 90s queue general, priority 2
  rule rises when contact.kind is "rises" then queue general, priority 7
    after 30s priority 1
  rule called when contact.kind is "called" then queue general
    after 60s callback within 10m
  rule online when contact.channel is web or contact.kind is "online" then queue portal on web
  rule helped when contact.kind is "helped" then queue portal on web
    after 40s queue general
  otherwise queue general
}
"""


def _people(count: int = 1, **more: Any) -> dict[str, Any]:
    return {"name": "all", "queues": ["general"], "skills": ["french"], "on_duty": count} | more


EXPERT = {"name": "experts", "queues": ["experts"], "on_duty": 1}
USUAL: dict[str, Any] = {
    "staff": [_people(), EXPERT],
    "handling": {"default": 100},
    "patience": {},
}


def _of(kind: str = "", channel: str = "voice") -> dict[str, dict[str, str]]:
    return {"contact": {"channel": channel, "kind": kind}}


def test_the_first_who_waits_is_served_first_and_priority_comes_before_it() -> None:
    told, _ = traced(POLICY, [(0, _of()), (1, _of()), (2, _of("urgent"))], **USUAL)
    assert told.of(0, "answered") == [("answered general", 0)]
    assert told.of(2, "answered") == [("answered general", 100)]
    assert told.of(1, "answered") == [("answered general", 200)]


def test_whoever_has_been_idle_longest_takes_the_next() -> None:
    staff = [_people(name="one", agents=["anne"]), _people(name="other", agents=["bert"]), EXPERT]
    told, tally = traced(POLICY, [(0, _of()), (150, _of()), (300, _of())], **USUAL | {"staff": staff})
    assert tally.busy[:2] == [200, 100]  # one takes the first and the third, the other the second
    assert not told.of(2, "queued")


def test_only_who_has_the_skills_of_queue_and_contact_serves_it() -> None:
    staff = [_people(skills=[]), _people(2, name="french"), EXPERT]
    comers = [(0, _of("french")), (1, _of("french")), (2, _of("french")), (3, _of()), (4, _of("expert"))]
    told, _ = traced(POLICY, comers, **USUAL | {"staff": staff})
    assert told.of(2, "answered") == [("answered general", 100)]
    assert told.of(3, "answered") == [("answered general", 3)]
    assert told.of(4, "answered") == [("answered experts", 4)]


def test_a_step_leads_to_another_queue_at_its_second() -> None:
    told, _ = traced(
        POLICY, [(0, _of("expert")), (5, _of("moves"))], **USUAL | {"handling": {"default": 500}}
    )
    assert told.of(1) == [
        ("decided experts by voice", 5),
        ("queued experts", 5),
        ("answered general", 95),
        ("step", 95),
        ("ended", 595),
        ("resolved", 595),
    ]


def test_a_step_that_raises_the_priority_moves_a_contact_forward_in_line() -> None:
    comers = [(0, _of()), (1, _of()), (2, _of()), (3, _of("rises"))]
    told, _ = traced(POLICY, comers, **USUAL)
    assert [told.of(number, "answered")[0][1] for number in (1, 2, 3)] == [200, 300, 100]


def test_a_contact_waits_for_the_person_it_wishes_for_until_anybody_will_do() -> None:
    staff = [_people(name="wu", agents=["wu"]), _people(name="others"), EXPERT]
    comers = [(0, _of("mine")), (1, _of("mine")), (2, _of("mine"))]
    told, _ = traced(POLICY, comers, **USUAL | {"staff": staff})
    assert told.of(0, "answered") == [("answered general", 0)]
    assert told.of(1, "answered") == [("answered general", 61)]  # the other one was free all along
    assert told.of(2, "answered") == [("answered general", 100)]


def test_who_wishes_for_somebody_off_duty_has_anybody() -> None:
    told, _ = traced(POLICY, [(0, _of("mine"))], **USUAL)
    assert told.of(0, "answered") == [("answered general", 0)]


def test_a_person_has_several_chats_at_once_and_one_call() -> None:
    staff = [_people(at_once={"chat": 2}), EXPERT]
    comers = [(0, _of(channel="chat")), (10, _of(channel="chat")), (20, _of(channel="chat")), (30, _of())]
    told, tally = traced(POLICY, comers, **USUAL | {"staff": staff})
    assert told.of(1, "answered") == [("answered general", 10)]
    assert told.of(2, "answered") == [("answered general", 100)]
    assert told.of(3, "answered") == [("answered general", 200)]
    assert tally.busy[0] == 300


def test_who_has_no_more_patience_gives_up_and_may_call_again() -> None:
    parts = USUAL | {
        "patience": {"default": 50},
        "comes_back": {"abandoned": {"share": 1, "after": 60}},
        "most_attempts": 2,
    }
    told, tally = traced(POLICY, [(0, _of()), (10, _of())], **parts)
    assert told.of(1) == [
        ("decided general by voice", 10),
        ("queued general", 10),
        ("abandoned general", 60),
        ("answered general", 120),
        ("decided general by voice", 120),
        ("ended", 220),
        ("resolved", 220),
    ]
    assert (tally.contacts, tally.first_contacts, tally.came_back) == (3, 2, 1)
    assert sum(map(sum, tally.abandoned)) == 1
    assert sum(map(sum, tally.waited)) == 50


def test_who_is_called_back_keeps_his_place_and_gives_up_no_more() -> None:
    parts = USUAL | {"handling": {"default": 100}, "patience": {"default": 300}}
    comers = [(0, _of()), (1, _of()), (2, _of("called")), (3, _of()), (4, _of("called"))]
    told, tally = traced(POLICY, comers, **parts)
    assert told.of(2, "called_back") == [("called_back general", 200)]
    assert told.of(4, "called_back") == [("called_back general", 400)]
    assert (tally.agreed, tally.called_back, tally.called_in_time) == (2, 2, 2)


def test_who_keeps_his_time_is_called_back_then_before_all_others() -> None:
    parts = USUAL | {"callbacks": {"keep": "time"}}
    comers = [(0, _of()), (2, _of("called")), *((600.0 + number, _of()) for number in range(4))]
    told, _ = traced(POLICY, comers, **parts)
    assert told.of(1, "called_back") == [("called_back general", 700)]  # due at 662


def test_a_full_trunk_is_busy() -> None:
    parts = USUAL | {"trunks": {"voice": 2}, "comes_back": {"blocked": {"share": 1, "after": 100}}}
    told, tally = traced(POLICY, [(0, _of()), (1, _of()), (2, _of())], **parts)
    assert told.of(2, "abandoned", "answered") == [("abandoned", 2), ("answered general", 200)]
    assert tally.blocked == 1


def test_a_machine_solves_or_leads_to_people_or_the_customer_comes_back_another_way() -> None:
    parts = USUAL | {
        "self_service": {"solves": {"default": 0}, "takes": {"default": 60}},
        "comes_back": {"machine": {"share": 1, "after": 600, "by": {"voice": 1}}},
    }
    told, tally = traced(POLICY, [(0, _of(channel="web")), (5, _of("helped"))], **parts)
    assert told.of(0)[:3] == [
        ("decided portal by web", 0),
        ("ended", 60),
        ("answered general", 660),
    ]
    assert told.of(1)[:3] == [("decided portal by voice", 5), ("answered general", 45), ("step", 45)]
    assert (tally.contained, tally.contained_back) == (1, 1)
    assert round(tally.cost, 6) == 0.1 + 4 + 0.1 + 4
    solved = parts | {"self_service": {"solves": {"web": 1}, "takes": {"web": 30}}}
    told, tally = traced(POLICY, [(0, _of(channel="web")), (5, _of("helped"))], **solved)
    assert told.of(1) == [("decided portal by voice", 5), ("ended", 35), ("resolved", 35)]
    assert (tally.contained, tally.contained_back) == (2, 0)


def test_staff_come_and_go_by_the_half_hour_and_finish_what_they_have() -> None:
    duty = {"Mon-Sun 09:00-09:30": 2, "Mon-Sun 09:30-10:00": 0, "Mon-Sun 10:00-18:00": 1}
    parts = USUAL | {"staff": [_people(on_duty=duty), EXPERT], "handling": {"default": 600}}
    told, tally = traced(POLICY, [(1500, _of()), (1600, _of()), (1700, _of()), (2000, _of())], **parts)
    assert [told.of(number, "answered")[0][1] for number in range(4)] == [1500, 1600, 3600, 4200]
    assert tally.staffed[0] == 2 * 1800 + 16 * 1800


def test_shrinkage_takes_people_from_the_roster() -> None:
    staff = [_people(10, shrinkage="35%"), EXPERT]
    _, tally = traced(POLICY, [(0, _of())], **USUAL | {"staff": staff})
    assert tally.staffed[0] == 7 * 86_400  # 6.5, rounded


OPENING = """
policy hours "Opening hours"
record contact { channel one of voice }
channel voice { assisted }
calendar office { open Mon-Sun 09:00-12:00, Mon-Sun 13:00-18:00 }
queue general { on voice  open office }
queue night { on voice }
route {
  rule by_day when contact.channel is voice then queue general
  otherwise queue night
}
"""


def test_a_queue_that_is_closed_waits_until_it_opens() -> None:
    parts = USUAL | {"staff": [_people(skills=[]), _people(name="night", queues=["night"], skills=[])]}
    noon, one = 3 * 3600.0, 4 * 3600.0
    told, _ = traced(OPENING, [(noon - 50, _of()), (noon - 20, _of()), (noon + 60, _of())], **parts)
    assert told.of(0, "answered") == [("answered general", noon - 50)]
    assert told.of(1, "answered") == [("answered general", one)]
    assert told.of(2, "answered") == [("answered night", noon + 60)]


SIGNALS = """
policy signals "By the signals of the moment"
record contact { channel one of voice }
live queue { waiting integer 0.. = 0  longest_wait duration = 0s  free_agents integer 0.. = 0 }
channel voice { assisted }
queue general { on voice }
queue others { on voice }
route {
  rule long when general.longest_wait > 60s then queue others
  rule many when general.waiting >= 2 and general.longest_wait <= 30s then queue others
  rule free when general.free_agents >= 2 then queue others
  otherwise queue general
}
"""


def test_decisions_go_by_the_signals_of_their_moment() -> None:
    parts = USUAL | {
        "staff": [_people(2, skills=[]), _people(50, name="others", queues=["others"], skills=[])],
        "handling": {"general": 300, "default": 1},
    }
    seconds = [0, 1, 2, 3, 10, 20, 33.5, 70]
    told, _ = traced(SIGNALS, [(at, _of()) for at in seconds], **parts)
    led = [told.of(number, "decided")[0][0].split(" ")[1] for number in range(len(seconds))]
    assert led == ["others"] * len(seconds)  # two of general stay free
    busy = parts | {"staff": [_people(1, skills=[]), *parts["staff"][1:]]}
    told, _ = traced(SIGNALS, [(at, _of()) for at in seconds], **busy)
    led = [told.of(number, "decided")[0][0].split(" ")[1] for number in range(len(seconds))]
    assert led == ["general", "general", "general", "others", "others", "others", "general", "others"]
