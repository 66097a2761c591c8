"""Damaged, foreign and hostile files: one clear refusal, in bounded time and memory."""

import io
import random
import time
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from market.errors import MarketError
from market.tables import TableProfile, parse_intervals, preview
from market_samples import (
    POINT,
    READINGS_HEADER,
    critical,
    long_profile,
    read,
    readings_file,
    readings_profile,
    text_file,
    wide_file,
    wide_profile,
)

P1 = POINT.format(1)
READING = f"{P1};A;T;01.01.2026;31.01.2026;0;5;1;5"
CSV_PROFILES = {
    "readings": readings_profile(),
    "thousands": readings_profile(thousands=".", footer_rows=2, footer_match=["x"]),
    "wide": wide_profile(),
    "wide cp1251": wide_profile(encoding="cp1251", footer_rows=1, thousands=" "),
    "wide latin": wide_profile(encoding="latin-1", header_row=0, columns={
        "point": 1, "day": 2}, values_from=3),
    "long": long_profile(),
    "long bare": long_profile(
        header_row=0, encoding="latin-1",
        columns={"point": 1, "day": 2, "position": 3, "value": 4, "channel": 5},
    ),
    "matrix": long_profile(
        layout="matrix", columns={"timestamp": 1}, values_from="@B", header_match="time"
    ),
    "utf-16": readings_profile(encoding="utf-16"),
}  # fmt: skip
XLSX_PROFILES = {
    "readings": readings_profile(format="xlsx"),
    "wide": wide_profile(format="xlsx"),
    "long": long_profile(format="xlsx"),
}
HEADERS = {
    "readings": READINGS_HEADER,
    "wide": ";".join(["point", "day", *map(str, range(96))]),
    "long": "point;time;kWh",
    "matrix": f"time;{P1}",
}


def workbook(rows, title="Sheet"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    stored = io.BytesIO()
    book.save(stored)
    return stored.getvalue()


GOOD_XLSX = workbook([READINGS_HEADER.split(";"), READING.split(";")])


@pytest.mark.parametrize("profile", CSV_PROFILES.values(), ids=CSV_PROFILES)
@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"", {"file_empty"}),
        (b"\xef\xbb\xbf \r\n\t\n", {"file_empty"}),
        (GOOD_XLSX, {"file_other_format"}),
        (b"%PDF-1.7\n", {"file_other_format"}),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", {"file_other_format"}),
        (b"\n<?xml version='1.0'?><a/>", {"file_other_format"}),
        (b"<!doctype html><p>Session expired", {"file_other_format"}),
        (b"a\0b;c\n" * 9, {"file_not_text"}),
    ],
)
def test_text_profiles_refuse_what_is_no_text(profile, content, codes):
    if profile.encoding == "utf-16":
        codes = codes | {"file_encoding", "column_missing"}
    assert critical(profile, io.BytesIO(content)) in codes


@pytest.mark.parametrize("profile", XLSX_PROFILES.values(), ids=XLSX_PROFILES)
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"point;day\n", "file_other_format"),
        (b"%PDF-1.7\n", "file_other_format"),
        (b"PK\x03\x04", "file_xlsx_broken"),
        (GOOD_XLSX[:-1], "file_xlsx_broken"),
        (GOOD_XLSX[: len(GOOD_XLSX) // 2], "file_xlsx_broken"),
    ],
)
def test_workbook_profiles_refuse_what_is_no_workbook(profile, content, code):
    assert critical(profile, io.BytesIO(content)) == code


def zipped(**members):
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    stored.seek(0)
    return stored


def test_zip_that_is_no_workbook():
    assert critical(XLSX_PROFILES["wide"], zipped(a="b")) == "file_xlsx_broken"


def rezipped(**changes):
    """Return the good workbook with members replaced."""
    stored = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(GOOD_XLSX)) as good,
        zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in good.namelist():
            key = name.rsplit("/", 1)[-1].split(".")[0]
            archive.writestr(name, changes.get(key, good.read(name)))
    stored.seek(0)
    return stored


SHEET = (
    '<?xml version="1.0"?>{dtd}<worksheet xmlns='
    '"http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{rows}</sheetData></worksheet>"
)


def test_zip_bombs_are_refused_unpacked_size_and_ratio():
    begin = time.process_time()
    bomb = rezipped(sheet1=b" " * (420 << 20))
    assert len(bomb.getvalue()) < 1 << 20
    assert critical(XLSX_PROFILES["readings"], bomb) == "file_xlsx_too_large"
    bomb = rezipped(sheet1=b" " * (40 << 20))
    assert critical(XLSX_PROFILES["readings"], bomb) == "file_xlsx_too_large"
    members = {f"m{n}": "" for n in range(2100)}
    assert critical(XLSX_PROFILES["wide"], zipped(**members)) == "file_xlsx_too_large"
    assert time.process_time() - begin < 20


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="999999999999"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="XFD1"><v>1</v></c></row>',
        '<row r="1"><c r="ZZZZZZZ1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
        '<row r="1"><c r="A1" t="d"><v>yesterday</v></c></row>',
        '<row r="x"><c r="1A"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>' + "9" * 5000 + "</v></c></row>",
        "<row><c><v>1</v></c>",
    ],
)
def test_sheets_made_by_hand(rows):
    begin = time.process_time()
    sheet = SHEET.format(dtd="", rows=rows)
    for profile in XLSX_PROFILES.values():
        assert critical(profile, rezipped(sheet1=sheet)) is not None
    assert time.process_time() - begin < 30


def test_entities_in_a_workbook_expand_to_nothing_large():
    levels = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
    )
    sheet = SHEET.format(
        dtd=f"<!DOCTYPE x [{levels}]>",
        rows='<row r="1"><c r="A1" t="str"><v>&a11;</v></c></row>',
    )
    tracemalloc.start()
    code = critical(XLSX_PROFILES["readings"], rezipped(sheet1=sheet))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert code is not None
    assert peak < 60 << 20


NOISE = random.Random(7).randbytes(10 << 20)
PRINTABLE = NOISE.translate(bytes(33 + byte % 90 for byte in range(256)))
LINES = PRINTABLE.replace(b"z", b"\n")
FIELDS = LINES.replace(b"y", b";").replace(b"x", b";")


@pytest.mark.parametrize("profile", CSV_PROFILES.values(), ids=CSV_PROFILES)
@pytest.mark.parametrize("noise", [NOISE, PRINTABLE, LINES, FIELDS], ids="nplf")
def test_ten_megabytes_of_noise(profile, noise):
    begin = time.process_time()
    assert critical(profile, io.BytesIO(noise)) is not None
    assert time.process_time() - begin < 10


@pytest.mark.parametrize("kind", HEADERS)
def test_noise_after_a_good_header(kind):
    begin = time.process_time()
    content = HEADERS[kind].encode() + b"\n" + FIELDS
    code = critical(CSV_PROFILES[kind], io.BytesIO(content))
    assert code in ("too_many_errors", "too_many_texts", "file_csv_broken")
    assert time.process_time() - begin < 30


def test_quotation_mark_that_is_never_closed():
    rows = [READING] * 40_000
    rows[3] = READING.replace("A", '"A')
    code = critical(CSV_PROFILES["readings"], readings_file(*rows))
    assert code == "file_csv_broken"
    # interval rows end with their line, so only the one row is lost
    good = [("P" + str(n), "05.01.2026", ["1"] * 96) for n in range(20)]
    good[4] = ('"P', *good[4][1:])
    chunks, result = read(wide_profile(), wide_file(*good))
    assert sum(len(chunk) for chunk in chunks) == 19
    assert [f.row for f in result.findings] == [6]


def test_wrong_delimiter_names_what_the_file_has():
    profile = readings_profile(delimiter="\t")
    with pytest.raises(MarketError) as caught:
        read(profile, readings_file(READING))
    assert caught.value.code == "column_missing"
    assert "meter" in str(caught.value)


def test_memory_does_not_grow_with_the_file():
    line = wide_file((P1, "05.01.2026", ["123,456"] * 96)).getvalue().split(b"\n")[1]

    class Large(io.RawIOBase):
        """A wide file of some 30 MB, made as it is read."""

        left = 40_000

        def __init__(self):
            self.rest = HEADERS["wide"].encode() + b"\n"

        def read(self, size):
            while len(self.rest) < size and self.left:
                self.rest += (line + b"\n") * 1000
                self.left -= 1000
            block, self.rest = self.rest[:size], self.rest[size:]
            return block

    tracemalloc.start()
    result = parse_intervals(wide_profile(), Large())
    for _chunk in result:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.rows_read == 40_000
    assert result.days_kept == 1
    assert peak < 25 << 20


FUZZ = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def survives(profile, content):
    """Read a file; anything but a result or a MarketError fails the test."""
    try:
        _rows, result = read(profile, io.BytesIO(content))
    except MarketError as error:
        assert error.message()
    else:
        assert all(finding.message() for finding in result.findings)
    assert preview(profile, io.BytesIO(content)) is not None


@FUZZ
@given(st.sampled_from(sorted(CSV_PROFILES)), st.binary(max_size=300))
@example("readings", b"\r")
@example("wide latin", b"\xa0;;;\n")
def test_fuzz_any_bytes(name, content):
    survives(CSV_PROFILES[name], content)


cells = st.one_of(
    st.sampled_from(
        ["", " ", '"', "'", "1", "-1", "1,5", "1.5", "nan", "inf", "1e5", "=1+1", P1]
        + ["2026-01-05", "05.01.2026", "2026-03-29 03:30", "2026-10-25 03:00", "24:00"]
        + ["T", "A+", "total", "\u00a0", "0x10", "True", "1_0", "٣", "9" * 40, "00:00"]
    ),
    st.text(max_size=8),
)


@FUZZ
@given(
    st.sampled_from(sorted(HEADERS)),
    st.lists(st.lists(cells, max_size=12).map(";".join), max_size=8),
)
def test_fuzz_rows_after_a_good_header(kind, rows):
    content = "\n".join([HEADERS[kind], *rows]).encode("utf-8", "replace")
    survives(CSV_PROFILES[kind], content)


@FUZZ
@given(st.data())
def test_fuzz_damaged_good_files(data):
    lines = [READING] * 3
    content = bytearray(readings_file(*lines).getvalue())
    for _change in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] = data.draw(st.integers(0, 255))
    survives(CSV_PROFILES["readings"], bytes(content))
    survives(CSV_PROFILES["wide latin"], bytes(content))


@FUZZ
@given(st.data())
def test_fuzz_damaged_workbooks(data):
    content = bytearray(GOOD_XLSX)
    for _change in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] = data.draw(st.integers(0, 255))
    survives(XLSX_PROFILES["readings"], bytes(content))


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5000),
    st.text(max_size=5),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=8), st.text(max_size=3), max_size=2),
    st.sampled_from(["long", "wide", "matrix", "xlsx", "utf-16", "rot13", "\t", "@A"]),
)


@FUZZ
@given(st.dictionaries(st.sampled_from(sorted(readings_profile().to_dict())), scalars))
def test_fuzz_profiles(changes):
    for base in (readings_profile(), wide_profile(), long_profile()):
        try:
            profile = TableProfile.from_dict(base.to_dict() | changes)
        except MarketError as error:
            assert error.message()
            continue
        survives(profile, readings_file(READING).getvalue())
        survives(profile, text_file(HEADERS["wide"], f"{P1};05.01.2026").getvalue())
