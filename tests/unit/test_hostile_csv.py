"""Tables of text as people and programs export them: the right reading, or one finding at its place."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from routekit import Engine
from routekit.readers import TableSettings, UnreadableContactsError, date_pattern, open_contacts
from tests.readings import COLUMNS, NOW, POLICY, agree, readings

ENGINE = Engine(POLICY)
NO_SETTINGS = TableSettings()


@dataclass(frozen=True)
class Case:
    """What a file holds, and what comes of it: of each row the values of one field, or what is said."""

    name: str
    content: str | bytes
    field: str = "customer.value"
    read: tuple[object, ...] = ()
    """Of each row; a text that begins with ``!`` is what is said of the row or value instead."""
    notes: str = ""
    refused: str = ""
    settings: TableSettings = NO_SETTINGS


def value(text: str, separator: str = ",") -> str:
    """A table of one column of values, each in quotes where it needs them."""
    quoted = [f'"{cell}"' if separator in cell else cell for cell in text.split("|")]
    return f"contact.channel{separator}customer.value\n" + "".join(
        f"voice{separator}{cell}\n" for cell in quoted
    )


def since(*cells: str) -> str:
    return "contact.channel;customer.since\n" + "".join(f"voice;{cell}\n" for cell in cells)


CASES = [
    # separators and what stands around them
    Case("semicolons", value("92|5", ";"), read=(92, 5), notes="separated by semicolons"),
    Case("tabs", value("92|5", "\t"), read=(92, 5), notes="separated by tabs"),
    Case("bars", "contact.channel|customer.value\nvoice|92\n", read=(92,), notes="separated by bars"),
    Case("a sep line", "sep=;\ncontact.channel;customer.value\nvoice;92\n", read=(92,), notes="semicolons"),
    Case("a sep line of another sign", "sep=^\ncontact.channel^customer.value\nvoice^92\n", read=(92,)),
    Case("commas within semicolons", "customer.id;customer.value\na, b, c;92\n", read=(92,)),
    Case(
        "a given separator",
        "customer.id:customer.value\na:92\n",
        read=(92,),
        settings=TableSettings(separator=":"),
    ),
    # encodings
    Case("a mark of UTF-8", "\ufeffKundenwert\n92\n".encode(), read=(92,)),
    Case(
        "UTF-16 as Excel's Unicode text", value("92", "\t").encode("utf-16"), read=(92,), notes="UTF-16, sep"
    ),
    Case("UTF-16 without a mark", value("92").encode("utf-16-le"), read=(92,), notes="UTF-16"),
    Case(
        "the page of western Windows",
        "Kunde;customer.id\nMüller;Jürgen Groß aus Köln\nWeiß;Zoë\n".encode("cp1252"),
        field="customer.id",
        read=("Jürgen Groß aus Köln", "Zoë"),
        notes="Windows-1252",
    ),
    Case(
        "a page that nobody can be sure of",
        "customer.value;customer.id\n5;Łukasz Żółć\n".encode("cp1250"),
        field="customer.id",
        read=("!is no valid Unicode text",),
        notes="say what it is, such as --encoding",
    ),
    Case(
        "a page that is named",
        "customer.value;customer.id\n5;Łukasz Żółć\n".encode("cp1250"),
        field="customer.id",
        read=("Łukasz Żółć",),
        settings=TableSettings(encoding="cp1250"),
    ),
    Case("a workbook that is called text", b"PK\x03\x04rest", refused="is a workbook, no text"),
    Case(
        "a page that its letters tell",
        ("Клиент;customer.value\n" + "Иванов жалуется на счёт за связь;5\n" * 2).encode("cp1251"),
        read=(5, 5),
        notes="Windows-1251",
    ),
    # headings
    Case("own names", "channel,value\nvoice,92\n", read=(92,)),
    Case("a title", "Kanal;Kundenwert\nvoice;92\n", read=(92,)),
    Case("other case and blanks", "CHANNEL , Customer Value\nvoice,92\n", read=(92,)),
    Case("a heading over two lines", 'channel,"Customer\nValue"\nvoice,92\n', read=(92,)),
    Case(
        "a map",
        "Wert in EUR;Kanal\n92;voice\n",
        read=(92,),
        settings=TableSettings(columns={"Wert in EUR": "customer.value"}),
    ),
    Case(
        "a map to no field",
        "Wert\n92\n",
        refused="`Wert` stands for `customer.valeu`, which is no field",
        settings=TableSettings(columns={"Wert": "customer.valeu"}),
    ),
    Case(
        "a column that is left out",
        "value;Kundenwert\n5;92\n",
        read=(92,),
        settings=TableSettings(columns={"value": ""}),
    ),
    Case("two columns for one field", "Kundenwert;value\n92;5\n", refused="two columns for `customer.value`"),
    Case("no column of the policy", "Name;Alter\nx;5\n", refused="no column of"),
    Case(
        "what stands before the headings",
        "Kontakte vom 27.11.2026;\n;\nKanal;Kundenwert\nvoice;92\n".replace("Kanal", "channel"),
        read=(92,),
        notes="the headings stand in line 3",
    ),
    Case(
        "headings that are repeated",
        "channel,value\nvoice,92\nchannel,value\nvoice,5\n",
        read=(92, "!repeats the headings", 5),
    ),
    # numbers
    Case("decimal commas", value("12,5|3", ";"), read=(12.5, 3), notes="decimal commas"),
    Case("thousands, as decimals say", value("1.234|0,5", ";"), read=(1234, 0.5)),
    Case("thousands and decimals", value("1.234,56", ";"), read=(1234.56,)),
    Case("English thousands", value("1,234.5|1,234"), read=(1234.5, 1234)),
    Case("thousands that may be decimals", value("1.234", ";"), read=("!may part decimals or thousands",)),
    Case(
        "thousands that may be decimals, in quotes", value("1,234"), read=("!may part decimals or thousands",)
    ),
    Case("decimals of a program", value("1.234"), read=(1.234,)),
    Case("a mark that is named", value("1.234", ";"), read=(1234,), settings=TableSettings(decimal=",")),
    Case(
        "blanks and apostrophes in numbers",
        value("1 234,5|1'234,5|12\u00a0345", ";"),
        read=(1234.5, 1234.5, 12345),
    ),
    Case("groups that are none", value("1,23,4"), read=("!is text, not a number",)),
    Case("a percentage", value("5%"), read=("!is text, not a number",)),
    # dates
    Case(
        "German dates", since("27.11.2026", "1.2.2026"), "customer.since", read=("2026-11-27", "2026-02-01")
    ),
    Case(
        "a German time",
        "channel;at\nvoice;27.11.2026 14:05\n",
        "contact.at",
        read=("2026-11-27T14:05:00+00:00",),
    ),
    Case(
        "an American time",
        "channel,at\nvoice,11/27/2026 2:05 PM\n",
        "contact.at",
        read=("2026-11-27T14:05:00+00:00",),
    ),
    Case(
        "days that others tell",
        since("27/11/2026", "1/2/2026"),
        "customer.since",
        read=("2026-11-27", "2026-02-01"),
    ),
    Case("days that may be months", since("1/2/2026"), "customer.since", read=("!may be of two days",)),
    Case(
        "an order that is named",
        since("1/2/26"),
        "customer.since",
        read=("2026-01-02",),
        settings=TableSettings(dates=date_pattern("mm/dd/yy")),
    ),
    Case("a year of two digits", since("27.11.26"), "customer.since", read=("!whose year has two digits",)),
    Case("a day that there is not", since("31.02.2026"), "customer.since", read=("!is no date such as",)),
    Case(
        "a date without its time",
        "channel;at\nvoice;27.11.2026\n",
        "contact.at",
        read=("!is no time such as",),
    ),
    # flags, durations, texts
    Case(
        "flags",
        "vip\nja\nNein\nWAHR\nFALSCH\nTRUE\nx\n",
        "customer.vip",
        read=(True, False, True, False, True, "!is text, not yes or no"),
    ),
    Case(
        "durations",
        "waited\n0:03:05\n3m\n90\n3:05\n",
        "customer.waited",
        read=("3m5s", "3m", "1m30s", "!is no duration"),
    ),
    Case(
        "numbers of texts",
        "channel;id\nvoice;007\nvoice;1E5\nvoice;3-4\n",
        "customer.id",
        read=("007", "1E5", "3-4"),
    ),
    Case("an empty cell", "channel;id;value\nvoice;;\n", read=(0,)),
    # damage
    Case(
        "a quote that is not closed", 'channel,id\nvoice,"a\nvoice,b\n', "customer.id", read=("!is not CSV",)
    ),
    Case(
        "a cell too many",
        "channel,value\nvoice,92,5\nvoice,92\n",
        read=("!has 3 cells, the header has 2", 92),
    ),
    Case("separators of empty columns", "channel;value;;\nvoice;92;;\n", read=(92,)),
    Case("zero bytes", b"channel,id\nvoice,a\x00b\n", "customer.id", read=("a\0b",)),
    Case("nothing", "", read=()),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_table_of_text_is_read_right_or_named(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    if case.refused:
        with pytest.raises(UnreadableContactsError, match=case.refused):
            open_contacts(str(path), None, COLUMNS, case.settings)
        return
    contacts = open_contacts(str(path), None, COLUMNS, case.settings)
    read = readings(contacts, case.field)
    assert agree(read, case.read), read
    assert case.notes in " ".join(contacts.notes)


@pytest.mark.parametrize("case", [case for case in CASES if not case.refused], ids=lambda case: case.name)
def test_a_table_in_parts_is_decided_as_its_rows_are(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    with closing(open_contacts(str(path), None, COLUMNS, case.settings)) as contacts:
        rows = [ENGINE.decide(row.contact, now=NOW) for row in contacts.rows if not row.broken]
    decisions = []
    with closing(open_contacts(str(path), None, COLUMNS, case.settings)) as contacts:
        for part in contacts.parts or ():
            if part.batch is None:
                decisions += [ENGINE.decide(row.contact, now=NOW) for row in part.rows()]
            else:
                decided = ENGINE.decide_each(part.batch, now=NOW)
                decisions += [decided.decisions[place] for place in decided.places]
    assert decisions == rows
