"""The files of a policy: what brings in what, and that nothing leaves the folder."""

import os
from pathlib import Path

import pytest

from routekit import Engine, Policy, PolicyError
from routekit.diagnostics import Diagnostic

MAIN = """policy p "P"
record contact {{ channel one of voice }}
record customer {{ id text ?  value integer 0..100 = 0  birthday date ? }}
channel voice {{ assisted cost 1 }}
queue general {{ on voice }}
{extra}
route {{ otherwise queue general }}
"""


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "main.route"


def _main(extra: str) -> str:
    return MAIN.format(extra=extra)


def _refused(path: Path) -> list[Diagnostic]:
    with pytest.raises(PolicyError) as refused:
        Policy.from_path(path)
    return [found for found in refused.value.diagnostics if found.severity == "error"]


def test_a_file_is_looked_up_from_the_one_that_says_it(tmp_path: Path) -> None:
    path = _write(tmp_path, {
        "main.route": _main('use "common/a.route"'),
        "common/a.route": 'use "deep/b.route"\nuse "../c.route"\nsegment a when b and c',
        "common/deep/b.route": "segment b when customer.value > 1",
        "c.route": "segment c when customer.value > 2",
    })  # fmt: skip
    names = {definition.name for definition in Policy.from_path(path).checked.definitions}
    assert names == {"a", "b", "c"}


def test_a_file_brought_in_twice_is_read_once(tmp_path: Path) -> None:
    path = _write(tmp_path, {
        "main.route": _main('use "a.route"\nuse "b.route"\nuse "./c.route"'),
        "a.route": 'use "c.route"',
        "b.route": 'use "c.route"',
        "c.route": "segment c when customer.value > 2",
    })  # fmt: skip
    assert len(Policy.from_path(path).checked.definitions) == 1


def test_an_error_is_reported_in_its_file(tmp_path: Path) -> None:
    path = _write(
        tmp_path,
        {
            "main.route": _main('use "common/a.route"'),
            "common/a.route": "\nsegment a when customer.valeu > 1",
        },
    )
    (found,) = _refused(path)
    assert (found.code, found.span.source.name, found.span.line) == (
        "RK102",
        f"{tmp_path.as_posix()}/common/a.route",
        2,
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
@pytest.mark.parametrize(
    "brought_in", ['list ids from "pipe"\nsegment s when customer.id in ids', 'use "pipe"']
)
def test_a_pipe_is_not_waited_for(brought_in: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    path = _write(tmp_path, {"main.route": _main(brought_in)})
    found = _refused(path)[0]
    assert (found.code, "cannot be read: it is no regular file" in found.message) == ("RK010", True)


@pytest.mark.parametrize(
    ("files", "shown"),
    [
        ({"main.route": 'use "main.route"'}, "main.route → main.route"),
        (
            {"main.route": 'use "a.route"', "a.route": 'use "b.route"', "b.route": 'use "a.route"'},
            "a.route → b.route → a.route",
        ),
        (
            {"main.route": 'use "a.route"', "a.route": 'use "./main.route"'},
            "main.route → a.route → main.route",
        ),
    ],
)
def test_a_cycle_is_an_error_that_names_the_files(files: dict[str, str], shown: str, tmp_path: Path) -> None:
    path = _write(tmp_path, {**files, "main.route": _main(files["main.route"])})
    (found,) = _refused(path)
    assert found.code == "RK011"
    assert shown in found.message.replace(f"{tmp_path.as_posix()}/", "")


@pytest.mark.parametrize(
    "target",
    [
        "../outside.route",
        "common/../../outside.route",
        "/etc/hostname",
        "",
        "..",
        "common/../..",
        "a\\\\..\\\\..\\\\b",
    ],
)
@pytest.mark.parametrize("line", ['use "{}"', 'list ids from "{}"\nsegment s when customer.id in ids'])
def test_a_path_that_leaves_the_folder_is_an_error(target: str, line: str, tmp_path: Path) -> None:
    path = _write(tmp_path / "rules", {"main.route": _main(line.format(target)), "common/a.route": ""})
    (tmp_path / "outside.route").write_text("segment leaked when customer.value > 1\n")
    found = _refused(path)[0]
    assert found.code in ("RK010", "RK012")
    assert found.code == "RK012" or "\\" in target


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("line", ['use "{}"', 'list ids from "{}"\nsegment s when customer.id in ids'])
def test_a_link_that_leads_out_of_the_folder_is_not_followed(line: str, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.route").write_text("segment leaked when customer.value > 1\n")
    path = _write(tmp_path / "rules", {"main.route": _main(line.format("link/a.route"))})
    (path.parent / "link").symlink_to(tmp_path / "secret")
    assert [found.code for found in _refused(path)] == ["RK012"]
    path.write_text(_main(line.format("direct.route")))
    (path.parent / "direct.route").symlink_to(tmp_path / "secret" / "a.route")
    assert [found.code for found in _refused(path)] == ["RK012"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_within_the_folder_is_the_file_it_leads_to(tmp_path: Path) -> None:
    path = _write(
        tmp_path,
        {
            "main.route": _main('use "link.route"\nuse "a.route"'),
            "a.route": "segment a when customer.value > 1",
        },
    )
    (tmp_path / "link.route").symlink_to(tmp_path / "a.route")
    assert len(Policy.from_path(path).checked.definitions) == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('use "none.route"', "RK010"),
        ('use "common"', "RK010"),
        ('list ids from "none.txt"\nsegment s when customer.id in ids', "RK010"),
        ('use "latin.route"', "RK004"),
        ('list ids from "latin.route"\nsegment s when customer.id in ids', "RK004"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_at_the_line_that_wants_it(
    line: str, code: str, tmp_path: Path
) -> None:
    path = _write(tmp_path, {"main.route": _main(line), "common/a.route": ""})
    (tmp_path / "latin.route").write_bytes("segment über when yes".encode("latin-1"))
    found = _refused(path)[0]
    assert (found.code, found.span.source.name) == (code, path.as_posix())


def test_the_first_file_that_is_not_utf8_is_refused_where_it_stops_being(tmp_path: Path) -> None:
    path = tmp_path / "main.route"
    path.write_bytes(b'policy p "P"\n# \xff')
    (found,) = _refused(path)
    assert (found.code, found.span.line, found.span.column) == ("RK004", 2, 3)


def test_a_mark_of_byte_order_is_no_part_of_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "main.route"
    path.write_bytes(b"\xef\xbb\xbf" + _main("").encode())
    assert Policy.from_path(path).name == "p"


def test_a_text_without_a_folder_brings_in_nothing() -> None:
    for line in ('use "a.route"', 'list ids from "/etc/hostname"\nsegment s when customer.id in ids'):
        with pytest.raises(PolicyError) as refused:
            Policy.from_text(_main(line))
        assert [found.code for found in refused.value.diagnostics if found.severity == "error"] == ["RK010"]


def test_a_policy_belongs_in_the_first_file(tmp_path: Path) -> None:
    path = _write(tmp_path, {"main.route": _main('use "a.route"'), "a.route": 'policy q "Q"'})
    assert [found.code for found in _refused(path)] == ["RK306"]


def test_a_name_declared_in_two_files_is_reported_with_both_places(tmp_path: Path) -> None:
    path = _write(tmp_path, {
        "main.route": _main('use "a.route"\nsegment s when customer.value > 1'),
        "a.route": "segment s when customer.value > 2",
    })  # fmt: skip
    (found,) = _refused(path)
    assert found.code == "RK103"
    assert {found.span.source.name, found.others[0].span.source.name} == {
        path.as_posix(),
        f"{tmp_path.as_posix()}/a.route",
    }


# ── lists ─────────────────────────────────────────────────────────────────────

LIST = """# who must not be disturbed
c-1
  c-2  # asked for it in May

#c-3
c#4
客户
"""


@pytest.mark.parametrize(
    ("id_", "listed"),
    [
        ("c-1", True),
        ("c-2", True),
        ("c-3", False),
        ("#c-3", False),
        ("c#4", True),
        ("客户", True),
        ("", False),
        ("c-2  # asked for it in May", False),
    ],
)
def test_a_list_file_holds_a_value_a_line(id_: str, listed: bool, tmp_path: Path) -> None:
    extra = 'list ids from "ids.txt"\nsegment listed when customer.id in ids\noffers { offer o when listed }'
    path = _write(tmp_path, {"main.route": _main(extra), "ids.txt": LIST})
    decision = Engine(Policy.from_path(path)).decide(
        {"contact": {"channel": "voice"}, "customer": {"id": id_}}
    )
    assert bool(decision.offers) is listed


@pytest.mark.parametrize(
    ("field", "lines", "contact", "inside"),
    [
        ("value", "20\n30\n", 30, True),
        ("value", "20\r\n30\r\n", 30, True),
        ("value", "20\n30", 25, False),
        ("birthday", "2026-01-01\n", "2026-01-01", True),
        ("birthday", "2026-01-01\n", "2026-01-02", False),
    ],
)
def test_a_list_file_is_read_in_the_type_that_it_is_compared_with(
    field: str, lines: str, contact: object, inside: bool, tmp_path: Path
) -> None:
    extra = f'list known from "known.txt"\noffers {{ offer o when customer.{field} in known }}'
    path = _write(tmp_path, {"main.route": _main(extra), "known.txt": lines})
    decision = Engine(Policy.from_path(path)).decide(
        {"contact": {"channel": "voice"}, "customer": {field: contact}}
    )
    assert bool(decision.offers) is inside


@pytest.mark.parametrize(
    ("field", "lines"),
    [("value", "20\nthirty\n"), ("value", "101\n"), ("value", "nan\n"), ("birthday", "01.01.2026\n")],
)
def test_a_line_that_does_not_fit_is_an_error_with_its_number(field: str, lines: str, tmp_path: Path) -> None:
    extra = f'list known from "known.txt"\noffers {{ offer o when customer.{field} in known }}'
    path = _write(tmp_path, {"main.route": _main(extra), "known.txt": "\n" + lines})
    (found,) = _refused(path)
    assert found.code == "RK013"
    assert f"line {lines.count(chr(10)) + 1} of" in found.message


@pytest.mark.parametrize("line", ['"c-1"', "c-\u200b1", "c-1\u00ad"])
def test_a_line_of_a_list_with_what_nobody_means_says_what_to_write_and_who_must(
    line: str, tmp_path: Path
) -> None:
    extra = 'list ids from "ids.txt"\nsegment listed when customer.id in ids'
    (found,) = _refused(_write(tmp_path, {"main.route": _main(extra), "ids.txt": f"{line}\n"}))
    said = (found.code, found.help)
    assert said == ("RK013", "write `c-1` there yourself: `check --fix` changes policies, and no lists")


def test_lines_of_a_list_that_differ_in_case_only_are_a_warning_once(tmp_path: Path) -> None:
    extra = 'list ids from "ids.txt"\noffers { offer o when customer.id in ids }'
    path = _write(tmp_path, {"main.route": _main(extra), "ids.txt": "c-1\nc-2\nC-2\nC-1\nc-2\n"})
    (found,) = Policy.from_path(path).warnings
    assert found.code == "RK414"
    assert found.message.startswith("line 3 of ")
    assert found.message.endswith("ids.txt`, `C-2`, differs from line 2 in case only")


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (
            'list ids from "ids.txt"\nsegment a when customer.id in ids or customer.id is "C-2"',
            "`c-2` of the list `ids` differs in case only from `C-2`, with which `customer.id` is compared",
        ),
        (
            'list ids from "ids.txt"\nlist more = {"C-1", "c-7"}\nsegment a when customer.id in ids\n'
            "segment b when customer.id not in more",
            "differs in case only from",
        ),
        ('list ids from "ids.txt"\nsegment a when customer.id in ids or customer.id in {"c-1", "C-7"}', ""),
        ('list ids from "ids.txt"\nsegment a when lower(customer.id) in ids or customer.id is "C-1"', ""),
        ('segment a when customer.id in {"c-1"} or customer.id is "C-1"', ""),
    ],
)
def test_a_listed_value_in_other_capitals_than_the_field_is_compared_with_is_a_warning(
    extra: str, said: str, tmp_path: Path
) -> None:
    path = _write(tmp_path, {"main.route": _main(extra), "ids.txt": "c-1\nc-2\n"})
    found = [item.message for item in Policy.from_path(path).warnings if item.code == "RK414"]
    assert len(found) == bool(said)
    assert all(said in message for message in found)


def test_the_revision_is_that_of_all_files(tmp_path: Path) -> None:
    extra = 'use "a.route"\nlist ids from "ids.txt"\nsegment listed when customer.id in ids'
    files = {"main.route": _main(extra), "a.route": "segment a when customer.value > 1", "ids.txt": "c-1\n"}
    revisions = {Policy.from_path(_write(tmp_path / "first", files)).revision}
    assert Policy.from_path(_write(tmp_path / "other", files)).revision in revisions
    for name in files:
        changed = {**files, name: files[name] + "\n# changed\n" if name != "ids.txt" else "c-2\n"}
        revisions.add(Policy.from_path(_write(tmp_path / name, changed)).revision)
    assert len(revisions) == 4
