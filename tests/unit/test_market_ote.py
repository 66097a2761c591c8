"""XML messages of the market operator: golden files, refusals, hostile input."""

import io
import time
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from market import ote, ote_values
from market.errors import MarketError

MESSAGES = Path(__file__).resolve().parents[1] / "data" / "messages"


def content(name):
    return (MESSAGES / name).read_bytes()


def open_message(source, **settings):
    if isinstance(source, str):
        source = content(source)
    return ote.parse_xml(io.BytesIO(source), **settings)


def refused(source, **settings):
    with pytest.raises(MarketError) as caught:
        list(open_message(source, **settings))
    assert caught.value.message()
    return caught.value


def test_measured_values_of_a_day_of_92_quarters():
    message = open_message("cdsdata.xml")
    (chunk,) = ote_values.interval_chunks(message)
    assert message.profile.kind == "measured"
    assert chunk.points == ["859182400123456789"] * 2
    assert chunk.channels == ["A+", "A-"]
    assert chunk.days == [date(2026, 3, 29)] * 2
    assert chunk.slots == 92
    assert chunk.values[0].tolist() == [i / 4 for i in range(92)]
    # 0.001 MWh in 16 quarters
    assert chunk.values[1].sum() == 16
    assert chunk.quality[0].tolist() == [0] * 8 + [1] + [0] * 83
    assert message.findings == []
    assert message.header["sender"] == "8591824000007"
    assert message.header["receiver_role"] == "SUP"
    assert message.header["moment"].astimezone(UTC) == datetime(
        2026, 3, 30, 6, tzinfo=UTC
    )


def test_data_to_bill_with_its_own_span():
    message = open_message("cdsidis.xml")
    rows = list(ote_values.reading_rows(message))
    first, second, third, fourth = rows
    assert first.point == second.point == "859182400501380873"
    assert (first.register, second.register) == ("1.8.1", "1.8.2")
    assert (first.date_from, first.date_to) == (date(2025, 3, 15), date(2026, 3, 14))
    assert (first.quantity, second.quantity) == (D(1230), D(3550))
    assert first.reading_to - first.reading_from == first.quantity
    assert (third.meter, fourth.meter) == ("80000001", "80000002")
    assert (third.date_to, fourth.date_from) == (date(2026, 1, 10), date(2026, 1, 11))
    assert fourth.quality == "estimated"
    (finding,) = message.findings
    assert (finding.level, finding.code) == ("warning", "unknown_elements")
    assert dict(message.unknown) == {
        "Location/Reading-route": 1,
        "Location/Reading-route/@id": 1,
    }


def test_unknown_elements_are_kept_with_their_block():
    blocks = list(open_message("cdsidis.xml"))
    assert blocks[0].extra == [
        ("Location/Reading-route", "north"),
        ("Location/Reading-route/@id", "R-17"),
    ]
    assert blocks[0].values["rate"] == "D25d"
    assert blocks[0].values["breaker_amps"] == D(25)
    assert blocks[1].values["reason"] == "change-of-meter"


def test_invoice_and_its_credit_note():
    invoice = open_message("cdsinvoice_127.xml")
    (block,) = invoice
    header = invoice.header
    assert (header["number"], header["code"]) == ("5100123", "127")
    assert header["date_taxable"] == date(2026, 3, 14)
    lines = block.groups["lines"]
    assert [line["component"] for line in lines][:2] == ["DIST-VT", "DIST-NT"]
    assert sum(line["amount"] for line in lines) == header["net"]
    assert header["net"] + header["tax"] == header["gross"]
    for line in lines:
        exact = line["quantity"] * line["price"]
        assert abs(exact - line["amount"]) <= D("0.005")
    credit = open_message("cdsinvoice_240.xml")
    (block,) = credit
    assert credit.header["corrects"] == header["number"]
    assert credit.header["gross"] == -header["gross"]


def test_master_data_and_answer():
    (block,) = open_message("cdsmasterdata.xml")
    assert block.values["city"] == "Česká Třebová"
    message = open_message("response.xml")
    (block,) = message
    assert message.header["reference"] == "20260330-1"
    assert block.values["text"] == "The message was taken over."


def test_unknown_messages_are_refused_with_what_is_known():
    error = refused(content("cdsdata.xml").replace(b"CDSDATA", b"CDSNEWS"))
    assert error.code == "xml_root_unknown"
    assert "CDSINVOICE" in str(error)
    error = refused(content("cdsdata.xml").replace(b'code="121"', b'code="999"'))
    assert error.code == "xml_code_unknown"
    assert error.place.element == "/CDSDATA/@message-code"
    assert "121" in str(error)
    error = refused(content("cdsinvoice_127.xml").replace(b"/schema/", b"/other/"))
    assert error.code == "xml_namespace"


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("cdsdata.xml", b' id="20260330-1"', b"", "field_missing"),
        ("cdsdata.xml", b' message-code="121"', b"", "field_missing"),
        ("cdsdata.xml", b"2026-03-30T08:00", b"30.3.2026 08:00", "field_wrong"),
        ("cdsdata.xml", b"<SenderIdentification id", b"<Sender id", "field_missing"),
        ("cdsinvoice_127.xml", b' gross="', b' brutto="', "field_missing"),
        ("cdsinvoice_127.xml", b' net="7', b' net="7,', "field_wrong"),
    ],
)
def test_header_without_a_required_field_stops_the_message(name, old, new, code):
    good = content(name)
    assert old in good
    assert refused(good.replace(old, new)).code == code


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'ean="859182400501380873"', b'ean="859182400501380874"', "code_check"),
        (b'ean="859182400501380873"', b"", "field_missing"),
        (b'quantity="1.230"', b"", "field_missing"),
        (b'quantity="1.230"', b'quantity="1,230"', "field_wrong"),
        (b'date-from="2025-03-15"', b'date-from="15.3.2025"', "field_wrong"),
        (b'date-from="2025-03-15"', b'date-from="0001-01-01"', "field_wrong"),
        (b'tariff="VT"', b"", "field_missing"),
    ],
)
def test_one_wrong_point_does_not_stop_the_others(old, new, code):
    good = content("cdsidis.xml")
    assert old in good
    message = open_message(good.replace(old, new))
    rows = list(ote_values.reading_rows(message))
    assert {row.point for row in rows} == {"859182400700227603"}
    error = message.findings[0]
    assert (error.level, error.code) == ("error", code)
    assert error.element.startswith("/CDSIDIS/Location[1]")
    assert error.row
    assert error.message()


def test_values_off_the_grid_and_contradicting_values():
    good = content("cdsdata.xml")
    shifted = good.replace(
        b'date-time-from="2026-03-29T12:00:00+02:00"',
        b'date-time-from="2026-03-29T12:05:00+02:00"',
    )
    message = open_message(shifted)
    (chunk,) = ote_values.interval_chunks(message)
    assert [f.code for f in message.findings] == ["off_grid"] * 2 + [
        "missing_values"
    ] * 2
    twice = good.replace(
        b'date-time-from="2026-03-29T12:00:00+02:00" '
        b'date-time-to="2026-03-29T12:15:00+02:00" value="11.000"',
        b'date-time-from="2026-03-29T12:15:00+02:00" '
        b'date-time-to="2026-03-29T12:30:00+02:00" value="11.000"',
    )
    assert twice != good
    message = open_message(twice)
    (chunk,) = ote_values.interval_chunks(message)
    assert chunk.channels == ["A-"]
    assert message.findings[0].code == "conflict_value"
    assert message.report.bad_days == {("859182400123456789", "A+", date(2026, 3, 29))}


def test_unknown_unit_and_unknown_status():
    message = open_message(content("cdsdata.xml").replace(b'unit="KWH"', b'unit="KJ"'))
    (chunk,) = ote_values.interval_chunks(message)
    assert chunk.channels == ["A-"]
    assert [f.code for f in message.findings] == ["unit_unknown"]
    message = open_message(content("cdsdata.xml").replace(b'"E"', b'"Q"'))
    ote_values.interval_chunks(message)
    assert [f.code for f in message.findings] == ["status_unknown"]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "file_empty"),
        (b" \n", "file_empty"),
        (b"PK\x03\x04", "file_other_format"),
        (b"%PDF-1.4", "file_other_format"),
        (b"point;day\n", "xml_broken"),
        (b"<CDSDATA", "xml_broken"),
        (b"<a></b>", "xml_broken"),
        (b"<CDSDATA/>", "field_missing"),
        (b"\xff\xfe<\0", "xml_broken"),
    ],
)
def test_what_is_no_message(source, code):
    assert refused(source).code == code


def test_truncated_message_is_refused_even_after_good_blocks():
    good = content("cdsidis.xml")
    error = refused(good[: good.rindex(b"</Location>")])
    assert error.code == "xml_broken"
    assert error.place.row


def test_message_without_points():
    good = content("cdsidis.xml")
    start, end = good.index(b"<Location"), good.rindex(b"</CDSIDIS>")
    assert refused(good[:start] + good[end:]).code == "message_empty"


LAUGHS = b'<!ENTITY a0 "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
)


@pytest.mark.parametrize(
    "dtd",
    [
        LAUGHS,
        b'<!ENTITY a11 SYSTEM "file:///etc/passwd">',
        b'<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;',
        b"",
    ],
)
@pytest.mark.parametrize("where", [b"", b"<!-- " + b"x" * 100_000 + b" -->"])
def test_document_types_are_refused(dtd, where):
    good = content("response.xml").replace(b"taken over", b"&a11;")
    start = good.index(b"?>") + 2
    hostile = good[:start] + where + b"<!DOCTYPE RESPONSE [" + dtd + b"]>"
    tracemalloc.start()
    begin = time.process_time()
    error = refused(hostile + good[start:])
    assert error.code in ("xml_doctype", "xml_broken")
    assert time.process_time() - begin < 5
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


def test_large_and_deep_messages_are_bounded():
    good = content("cdsdata.xml")
    assert refused(good, max_bytes=1_000).code == "message_too_large"
    deep = b"<CDSDATA" + b"><a" * 100_000
    assert refused(deep).code in ("xml_broken", "field_missing", "xml_code_unknown")
    start = good.index(b"?>") + 2
    assert refused(good[:start] + b"<a " + b"x" * (11 << 20)).code == "xml_broken"


def test_many_blocks_take_little_memory():
    good = content("cdsidis.xml")
    start, end = good.index(b"<Location"), good.rindex(b"</CDSIDIS>")
    many = good[:start] + good[start:end] * 2_000 + good[end:]
    tracemalloc.start()
    message = open_message(many)
    rows = sum(1 for _row in ote_values.reading_rows(message))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == 8_000
    assert peak < 8 << 20


def test_profiles_are_data():
    values = dict(ote.PROFILES[0])
    profile = ote.XmlProfile.from_dict(values | {"codes": ["777"], "name": "Mine"})
    source = content("cdsdata.xml").replace(b'"121"', b'"777"')
    message = open_message(source, profiles=[profile])
    assert ote_values.interval_chunks(message)
    for wrong in (
        {"colour": 1},
        {"fields": {}},
        {"fields": {"point": "@ean rubbish"}},
        {"timezone": "Europe/Atlantis"},
        {"header": None},
    ):
        with pytest.raises(MarketError) as caught:
            ote.XmlProfile.from_dict(values | wrong)
        assert caught.value.code == "profile_field"


FUZZ = settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow]
)
NAMES = ["cdsidis.xml", "cdsinvoice_127.xml", "cdsmasterdata.xml", "response.xml"]


def survives(source):
    try:
        message = open_message(source)
        if message.profile.kind == "duf":
            list(ote_values.reading_rows(message))
        elif message.profile.kind == "measured":
            ote_values.interval_chunks(message)
        else:
            list(message)
    except MarketError as error:
        assert error.message()
    else:
        assert all(finding.message() for finding in message.findings)


@FUZZ
@given(st.binary(max_size=300))
def test_fuzz_any_bytes(source):
    survives(source)


@FUZZ
@given(st.sampled_from(NAMES), st.data())
def test_fuzz_damaged_messages(name, data):
    source = bytearray(content(name))
    for _change in range(data.draw(st.integers(1, 5))):
        position = data.draw(st.integers(0, len(source) - 1))
        length = data.draw(st.integers(0, 12))
        source[position : position + length] = data.draw(st.binary(max_size=12))
    survives(bytes(source))


@FUZZ
@given(
    st.sampled_from(["value", "date-time-from", "date-time-to", "unit", "status"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30),
)
def test_fuzz_attribute_values(name, text):
    escaped = text
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), ('"', "&quot;")):
        escaped = escaped.replace(char, entity)
    source = content("cdsdata.xml").decode()
    start = source.index(f' {name}="', source.index("<ProfileData")) + len(name) + 3
    end = source.index('"', start)
    survives((source[:start] + escaped + source[end:]).encode())
