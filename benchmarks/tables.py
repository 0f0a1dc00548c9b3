"""What tables cost: contacts of a pack in, decided and out again, as text, Parquet and workbooks.

    python -m benchmarks.tables [ROWS]

Each kind is decided with a tenth of the rows and with all of them (100,000), in a process of its own: seconds
of the processor, and the most memory that it held, which for text and Parquet does not grow with the rows.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

import xlsxwriter

ROOT = Path(__file__).parents[1]
POLICY = ROOT / "rules" / "telecom.route"
CONTACTS = ROOT / "examples" / "contacts" / "telecom.csv"
WAYS = (("csv", "csv"), ("csv", "parquet"), ("xlsx", "xlsx"))


def main(rows: int) -> None:
    print(f"{'in':5} {'out':8} {'rows':>8} {'seconds':>8} {'MiB':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for kind, out in WAYS:
            for count in (rows // 10, rows):
                contacts = Path(folder) / f"contacts.{kind}"
                write(contacts, count)
                seconds, most = decided(contacts, Path(folder) / f"decisions.{out}")
                print(f"{kind:5} {out:8} {count:8,} {seconds:8.1f} {most:6.0f}", flush=True)


def write(path: Path, count: int) -> None:
    """Writes so many contacts of the pack, numbers as numbers where it is a workbook."""
    with CONTACTS.open(newline="", encoding="utf-8") as file:
        header, *contacts = csv.reader(file)
    many = islice(cycle(contacts), count)
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header])
            csv.writer(file).writerows(many)
        return
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_numbers": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, header)
        for number, cells in enumerate(many, start=1):
            page.write_row(number, 0, cells)


def decided(contacts: Path, out: Path) -> tuple[float, float]:
    """Decides a file; returns the seconds and the MiB that it took."""
    program = (
        "import resource, subprocess, sys; "
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)"
    )
    command = [sys.executable, "-m", "routekit", "decide", str(POLICY), str(contacts), "-o", str(out)]
    ran = subprocess.run(
        [sys.executable, "-c", program, *command], check=True, capture_output=True, text=True
    )
    seconds, most = map(float, ran.stdout.split())
    return seconds, most


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("rows", type=int, nargs="?", default=100_000, metavar="ROWS")
    main(parser.parse_args().rows)
