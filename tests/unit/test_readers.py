"""Contacts from files as people have them: every common kind, read the same by every command, or refused."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from routekit import Engine, Policy
from routekit.intake.cells import columns_of
from routekit.intake.unknown import UnknownFields
from routekit.readers import Contacts, UnreadableContactsError, open_contacts
from tests.unit.test_cli import routekit

POLICY = """
policy desk "Desk"
record contact { channel one of voice, chat }
record customer {
  id     text = ""
  value  integer 0..100 = 0
  vip    flag = no
  since  time ?
}
channel voice { assisted cost 4 }
channel chat { self_service cost 1 }
queue general { on voice, chat }
queue best { on voice, chat }
live queue { waiting integer 0.. = 0 }
route {
  rule good when customer.value >= 80 and customer.vip then queue best
  otherwise queue general
}
"""
HEADER = ("contact.channel", "customer.id", "customer.value", "customer.vip")
ROWS = [("voice", "0049151", "92", "yes"), ("chat", "Zoë; née", "10", "no")]
COLUMNS = columns_of(Policy.from_text(POLICY).checked)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    path = tmp_path / "desk.route"
    path.write_text(POLICY)
    return path


def opened(path: Path, content: str | bytes) -> Contacts:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_contacts(str(path), None, COLUMNS)


def ids(contacts: Contacts) -> list[object]:
    return [row["customer"]["id"] for row in read(contacts)]  # type: ignore[index]


def read(contacts: Contacts) -> list[object]:
    with closing(contacts):
        return [row.contact for row in contacts.rows]


def table(separator: str = ",") -> str:
    quoted = ([f'"{cell}"' if separator in cell else cell for cell in row] for row in [HEADER, *ROWS])
    return "".join(separator.join(row) + "\r\n" for row in quoted)


# tables of text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("named", [False, True])
def test_separators_and_encodings_are_told_apart(
    tmp_path: Path, encoding: str, separator: str, named: bool
) -> None:
    text = (f"sep={separator}\r\n" if named else "") + table(separator)
    contacts = opened(tmp_path / "c.csv", text.encode(encoding))
    assert ids(contacts) == ["0049151", "Zoë; née"]
    if encoding.startswith("utf-8") and separator == ",":
        assert contacts.notes == ()
    else:
        (note,) = contacts.notes
        assert ("separated by" in note) == (separator != ",")
        assert ("UTF-" in note) != encoding.startswith("utf-8")


def test_a_table_whose_lines_are_read_otherwise_is_said_once_to_whoever_decides_it(
    desk: Path, tmp_path: Path
) -> None:
    (tmp_path / "c.csv").write_bytes(table(";").encode("utf-16"))
    expected = f"{tmp_path / 'c.csv'}: read as UTF-16, separated by semicolons\n"
    for command in (
        ("decide",),
        ("explain", "--now", "2026-11-23T10:00:00Z"),
        ("bench", "--seconds", "0.05"),
    ):
        ran = routekit(*command, desk, tmp_path / "c.csv")
        assert (ran.status, ran.err) == (0, expected)
    ran = routekit("diff", desk, desk, "--contacts", tmp_path / "c.csv")
    assert (ran.status, ran.err) == (0, expected)
    assert "of 2 contacts 0" in ran.out


@pytest.mark.parametrize(
    "command", [("decide",), ("decide", "--strict"), ("explain",), ("bench",), ("diff", "--contacts")]
)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("phone,score\n1,2\n", "no column of `{path}` is a field of the policy: there are `phone`, `score`"),
        ("Contact.Chanel\nvoice\n", "did you mean `contact.channel` by `Contact.Chanel`?"),
        ("chanel;Customers Value\n", "did you mean `contact.channel` by `chanel`"),
        (
            "channel,contact.channel\n",
            "two columns for `contact.channel`: `channel`, the 1st, and `contact.channel`, the 2nd",
        ),
        (
            "contact.channel,customer.value,customer.value\nvoice,92,5\n",
            "two columns `customer.value`, the 2nd",
        ),
        ("contact.channel, contact.channel \n", "two columns `contact.channel`, the 1st and the 2nd"),
        ('"contact.channel"x,b\n', "the first line of `{path}` is not CSV"),
        (b"\xff\xfe\x00\xd8", "no column of `{path}`"),
    ],
)
def test_a_table_that_is_not_of_this_policy_is_refused_by_every_command(
    desk: Path, tmp_path: Path, command: tuple[str, ...], content: str | bytes, words: str
) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if command[0] == "diff":
        ran = routekit("diff", desk, desk, "--contacts", path)
    else:
        ran = routekit(*command, desk, path)
    assert (ran.status, ran.out) == (2, "")
    assert words.format(path=path) in ran.err


def test_a_line_keeps_its_number_behind_what_stands_before_the_heading(tmp_path: Path) -> None:
    text = 'sep=,\n\n\ncontact.channel,customer.id\nvoice,"a\nb"\nvoice\nchat,c,,\n'
    contacts = opened(tmp_path / "c.csv", text)
    with closing(contacts):
        told = [(row.number, row.broken) for row in contacts.rows]
    assert told == [(5, ""), (7, "has 1 cells, the header has 2"), (8, "")]


def test_blanks_around_a_cell_count_for_texts_alone(tmp_path: Path) -> None:
    text = "contact.channel, customer.value ,customer.vip,customer.id\n voice , 92 , YES\u00a0, a \n ,  ,,\n"
    contacts = opened(tmp_path / "c.csv", text)
    assert read(contacts) == [
        {"contact": {"channel": "voice"}, "customer": {"value": 92, "vip": True, "id": " a "}},
        {},
    ]


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "sep=;\n", ",".join(HEADER)])
def test_an_empty_table_holds_no_contacts(desk: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "c.csv").write_text(content)
    assert routekit("decide", desk, tmp_path / "c.csv").status == 0
    bench = routekit("bench", desk, tmp_path / "c.csv")
    assert (bench.status, "holds no contacts" in bench.err) == (2, True)


# fields that the policy does not know


def test_unknown_fields_are_named_once_at_the_end_and_a_finding_where_it_is_strict(
    desk: Path, tmp_path: Path
) -> None:
    customer = '"customer": {"vlaue": 92, "x": null}'
    lines = f'{{"contact": {{"channel": "voice"}}, {customer}, "live": {{"general": {{"w": 1}}}}}}\n'
    (tmp_path / "c.jsonl").write_text(lines * 3 + '{"contact": {"channel": "chat"}}\n')
    (tmp_path / "c.csv").write_text(
        "contact.channel,customer.vlaue,live.general.w,unused,\nvoice,9,9,,\nchat,8,,,7\nchat,8,,,\n"
    )
    said = [
        "customer.vlaue, in 3 contacts, is not in the policy: did you mean value?",
        "live.general.w, in {} contact{}, is not in the policy",
    ]
    for name, count, more in (
        ("c.jsonl", "3", []),
        (
            "c.csv",
            "1",
            [
                "(column 5, which has no heading), in 1 contact, is not in the policy",
                "unused, in no contact, is not in the policy",
            ],
        ),
    ):
        expected = [said[0], said[1].format(count, "" if count == "1" else "s"), *more]
        for strict in (False, True):
            ran = routekit("decide", desk, tmp_path / name, *(["--strict"] if strict else []))
            label = "error" if strict else "warning"
            assert ran.status == int(strict)
            assert sorted(ran.err.splitlines()) == sorted(f"{label}: {line}" for line in expected)
            assert len(ran.decisions) == (4 if name == "c.jsonl" else 3)
        assert "customer.vlaue, in 3 contacts" in routekit("explain", desk, tmp_path / name).err
        assert (
            "customer.vlaue, in 3 contacts"
            in routekit("bench", desk, tmp_path / name, "--seconds", "0.05").err
        )


def test_a_field_of_either_version_is_known_when_two_are_compared(desk: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.route"
    new.write_text(POLICY.replace('id     text = ""', 'name   text = ""'))
    (tmp_path / "c.jsonl").write_text(
        '{"contact": {"channel": "voice"}, "customer": {"id": "a", "name": "b"}}\n'
    )
    assert routekit("diff", desk, new, "--contacts", tmp_path / "c.jsonl").err == ""


def test_unknown_names_fill_no_memory_and_run_no_code() -> None:
    class Key:
        def __hash__(self) -> int:
            return hash("contact")

        def __eq__(self, other: object) -> bool:
            raise AssertionError

    unknown = UnknownFields(["contact.channel"])
    unknown.note({Key(): 1})
    unknown.note({f"x{number}": 1 for number in range(100_000)})
    assert len(unknown.found()) == 1_000
    assert unknown.found()[0].name == "(a key that is no text)"


# JSON


@pytest.mark.parametrize("layout", [None, 1, 4])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_of_contacts_is_so_many_contacts(tmp_path: Path, layout: int | None, encoding: str) -> None:
    many = [{"customer": {"id": f"é{number}" + "x" * 300}} for number in range(1_000)]
    contacts = opened(
        tmp_path / "c.json", json.dumps(many, indent=layout, ensure_ascii=False).encode(encoding)
    )
    assert read(contacts) == many


def test_one_contact_may_stand_over_several_lines(desk: Path) -> None:
    contact = json.dumps({"contact": {"channel": "voice"}, "customer": {"value": 92, "vip": True}}, indent=2)
    ran = routekit("decide", desk, "-", given=f"{contact}\n{contact}")
    assert [decision["queue"] for decision in ran.decisions] == ["best", "best"]


@pytest.mark.parametrize(
    ("content", "contacts", "words"),
    [
        ("[", 0, "contact 1 is missing: the list breaks off"),
        ("[{}, {}", 2, "contact 3 is missing: the list breaks off"),
        ("[{}, ,{}]", 1, "contact 2 is not JSON: expecting value in line 1; nothing behind it"),
        ("[{}\n{}]", 1, "contact 2 is not JSON: expecting ',' delimiter in line 2"),
        ('[{}, {"a": tru}]', 1, "contact 2 is not JSON"),
        ('[{}, {"a": "b]', 1, "contact 2 is not JSON: unterminated string"),
        ("[1" + "0" * 5000 + ", {}]", 2, ""),
        ("[" + "[" * 100_000, 0, "contact 1 holds a number or a nesting that is too large"),
        ("[]\n{}\n{]\n[{}, null]\n12", 4, "contact 2 is not JSON"),
        ("[1,2]", 2, ""),
    ],
)
def test_what_is_wrong_within_a_list_is_told(desk: Path, content: str, contacts: int, words: str) -> None:
    ran = routekit("decide", desk, "-", given=content)
    assert len(ran.decisions) == contacts
    assert (ran.status, words in ran.err) == (int(bool(words)), True)


# Parquet


def test_parquet_is_read_alike_by_every_command(desk: Path, tmp_path: Path) -> None:
    """Columns of text for fields of other types, structs, and what is no record, as `decide` reads them."""
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "c.parquet"
    customer = pa.StructArray.from_arrays(
        [pa.array(["92", "", None]), pa.array([" yes", "maybe", "no"]), pa.array(["x", None, None])],
        names=["value", "vip", "colour"],
    )
    pq.write_table(
        pa.table(
            {
                "contact.channel": ["voice", "fax", "chat"],
                "customer": customer,
                "live": ["busy", None, None],
                "beyond": pa.array([2**62, None, 1], pa.timestamp("us")),
            }
        ),
        path,
    )
    at_once = routekit("decide", desk, path)
    one_by_one = routekit("explain", desk, path, "--format", "json", "--now", "2026-11-23T10:00:00Z")
    reasons = [json.loads(line)["decision"] for line in one_by_one.out.splitlines()]
    assert [decision["queue"] for decision in at_once.decisions] == ["best", "general", "general"]
    assert [decision["queue"] for decision in reasons] == ["best", "general", "general"]
    problems = [[problem["path"] for problem in reason["problems"]] for reason in at_once.decisions]  # type: ignore[attr-defined]
    assert problems == [["live"], ["contact.channel", "customer.vip"], []]
    said = [
        f"warning: {path}: row 1 `live` is text, not an object",
        f"warning: {path}: row 2 `contact.channel` is not one of voice, chat",
        f"warning: {path}: row 2 `customer.vip` is text, not yes or no",
        "warning: beyond, in 2 contacts, is not in the policy",
        "warning: customer.colour, in 1 contact, is not in the policy",
    ]
    assert (at_once.err.splitlines(), one_by_one.err.splitlines()) == (said, said)
    strict = routekit("decide", desk, path, "--strict")
    assert [decision["queue"] for decision in strict.decisions] == ["general"]
    assert "row 1 is refused: live is text, not an object" in strict.err


def test_cells_that_python_has_no_value_for_are_problems_of_their_rows(desk: Path, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    words = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\4\0\0\0\5\0\0\0"), pa.py_buffer(b"caf\xe9a")]
    )
    path = tmp_path / "c.parquet"
    pq.write_table(
        pa.table(
            {
                "contact.channel": ["voice", "voice"],
                "customer.id": words,
                "customer.since": pa.array([0, 2**62], pa.timestamp("us")),
            }
        ),
        path,
    )
    expected = [
        [{"path": "customer.id", "message": "is no valid Unicode text"}],
        [{"path": "customer.since", "message": "is a time outside the years 1 to 9999"}],
    ]
    assert [decision["problems"] for decision in routekit("decide", desk, path).decisions] == expected
    reasons = routekit("explain", desk, path, "--format", "json").out.splitlines()
    assert [json.loads(line)["decision"]["problems"] for line in reasons] == expected
    assert routekit("decide", desk, path, "--strict").status == 1
    assert routekit("bench", desk, path, "--seconds", "0.05").status == 0


def test_two_columns_for_one_field_and_damage_are_told_of_parquet_too(desk: Path, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "c.parquet"
    contact = pa.StructArray.from_arrays([pa.array(["voice"])], names=["channel"])
    pq.write_table(pa.table({"contact": contact, "contact.channel": ["chat"]}), path)
    ran = routekit("decide", desk, path)
    assert (ran.status, "two columns `contact.channel`" in ran.err) == (2, True)
    pq.write_table(pa.table({"contact.channel": ["voice", "chat"] * 50_000}), path, compression="snappy")
    whole = path.read_bytes()
    for damaged in (whole[:100], whole[:4] + b"\xff" * 60 + whole[64:]):
        path.write_bytes(damaged)
        for command in (("decide",), ("decide", "--strict"), ("explain",), ("bench",)):
            ran = routekit(*command, desk, path)
            assert ran.status == 2
            assert f"`{path}` is" in ran.err


def test_what_arrow_has_no_plain_column_for_is_read_all_the_same() -> None:
    pa, polars = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    engine = Engine(Policy.from_text(POLICY))
    wide = polars.DataFrame(
        {
            "contact.channel": ["voice", "voice"],
            "customer.value": polars.Series([92, 2**100], dtype=polars.Int128),
            "customer.vip": [True, True],
        }
    )
    assert engine.decide_batch(wide)["queue"].to_list() == ["best", "general"]
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([1, 2], pa.int32()), pa.array([92, 92]))
    customer = pa.StructArray.from_arrays(
        [runs, pa.array([True, True])], names=["value", "vip"], mask=pa.array([True, False])
    )
    table = pa.table({"contact.channel": ["voice", "voice"], "customer": customer})
    assert engine.decide_batch(table)["queue"].to_pylist() == ["general", "best"]


# the conversation


def test_the_conversation_takes_contacts_from_every_kind_of_file(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.csv").write_bytes(table(";").replace("customer.id", "customer.name").encode("utf-16"))
    Path("c.json").write_text('[{"contact": {"channel": "voice"}}, {"contact": {"channel": "chat"}}]')
    lines = "load c.csv\nload c.csv:3\nload c.json:2\nload c.json:3\nload c.csv:1\nload .\n"
    ran = routekit("repl", desk, given=lines)
    assert ran.out.count("read as UTF-16, separated by semicolons") == 2
    assert ran.out.count("not in the policy, so without effect: customer.name") == 2
    assert "queue best on voice" in ran.out
    assert "queue general on chat" in ran.out
    assert ran.out.count("has no contact in line") == 2
    assert "`.` cannot be read: is a directory" in ran.out


def test_an_unknown_kind_of_file_is_refused() -> None:
    with pytest.raises(UnreadableContactsError, match="ends like no file of contacts"):
        open_contacts("c.txt", None, COLUMNS)
