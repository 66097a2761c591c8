"""Files for other systems: the same figures in each form, read back by others."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal as D

import pytest
from exports import Column, ExportError, Layout, filename, write
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from openpyxl import load_workbook

COLUMNS = (
    Column("number"),
    Column("day", "date"),
    Column("made", "datetime"),
    Column("kwh", "quantity", 6, total=True),
    Column("amount", "amount", 2, total=True),
    Column("open", "boolean"),
)
MADE = datetime(2026, 2, 1, 8, 30)
ROWS = [
    ("INV/1", date(2026, 1, 31), MADE, D("1.500000"), D("10.10"), True),
    ("=1+1", date(2026, 2, 28), None, D("-0.000001"), D("-0.1"), False),
]


def written(form, rows=ROWS, columns=COLUMNS, **values):
    target = io.BytesIO()
    control = write(target, Layout(form, columns, **values), rows)
    return target.getvalue(), control


@pytest.mark.parametrize("form", ["csv", "xlsx", "xml"])
def test_totals_are_those_of_the_rows_and_bytes_are_repeated(form):
    content, control = written(form)
    assert control.count == 2
    assert control.totals == {"kwh": D("1.499999"), "amount": D("10.00")}
    assert written(form)[0] == content


def test_csv():
    content, _control = written("csv", decimal=",", date_format="%d.%m.%Y")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    first = ["INV/1", "31.01.2026", "01.02.2026 08:30:00", "1,5", "10,10", "1"]
    assert rows[1] == first
    # a spreadsheet must not calculate it
    assert rows[2][0] == "'=1+1"
    assert rows[2][3:5] == ["-0,000001", "-0,10"]
    assert rows[3] == ["TOTAL", "2", "", "1,499999", "10,00", ""]


def test_csv_for_machines_is_left_as_it_is():
    content, _control = written("csv", neutral=False, header=False, control=False)
    assert content.decode("utf-8-sig").splitlines()[1].startswith("=1+1;")
    assert len(content.splitlines()) == 2


def test_letters_the_encoding_lacks_do_not_stop_a_file():
    rows = [("Пловдив €",)]
    content, _control = written("csv", rows, (Column("a"),), encoding="cp1251")
    assert "Пловдив" in content.decode("cp1251")
    content, _control = written("csv", rows, (Column("a"),), encoding="latin-1")
    assert "???????" in content.decode("latin-1")


def test_xlsx_has_real_numbers_and_dates():
    content, _control = written("xlsx")
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == [column.title for column in COLUMNS]
    assert rows[1] == ["INV/1", datetime(2026, 1, 31), MADE, 1.5, 10.1, True]
    assert rows[2][0] == "=1+1" and sheet["A3"].data_type == "s"
    assert rows[3][:2] == ["TOTAL", 2]
    assert rows[3][4] == 10
    assert sheet.freeze_panes == "A2"


def test_xml():
    rows = [("A & <B>\x01", None, None, None, D("1"), True)]
    content, _control = written("xml", rows, root="ledger", row="entry")
    tree = etree.fromstring(content)
    assert tree.tag == "ledger"
    (entry,) = tree.findall("entry")
    assert entry.findtext("number") == "A & <B>"
    assert entry.find("day") is None
    assert entry.findtext("amount") == "1.00"
    assert tree.find("control").get("rows") == "1"
    assert tree.findtext("control/amount") == "1.00"


@pytest.mark.parametrize(
    ("form", "columns", "text"),
    [
        ("csv", (), "at least one column"),
        ("xml", (Column("my title"),), "“my title”"),
        ("csv", (Column("a"), Column("a")), "Two columns are called “a”"),
        ("pdf", (Column("a"),), "no files of the form “pdf”"),
    ],
)
def test_what_makes_no_file_is_refused(form, columns, text):
    with pytest.raises(ExportError, match=text):
        written(form, [], columns)


def test_names():
    pattern = "{profile}/{date:%Y%m%d}_{number:04d}"
    values = {"profile": "Ledger A", "date": date(2026, 1, 31), "number": 7}
    name = filename(pattern, "csv", **values)
    assert name == "Ledger_A_20260131_0007.csv"
    assert filename("x.CSV", "csv") == "x.CSV"
    with pytest.raises(ExportError, match="{nothing}"):
        filename("{nothing}", "csv", profile="a")


@given(st.lists(st.decimals("-1e9", "1e9", places=2), max_size=20))
def test_each_form_adds_up_to_the_same(amounts):
    columns = (Column("amount", "amount", total=True),)
    totals = {
        written(form, [(amount,) for amount in amounts], columns)[1].totals["amount"]
        for form in ("csv", "xlsx", "xml")
    }
    assert totals == {sum(amounts, D(0))}
