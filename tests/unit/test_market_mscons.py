"""EDIFACT MSCONS and the APERAK that answers it."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from market import aperak, mscons, mscons_values
from market.errors import MarketError

GOLDEN = (
    Path(__file__).resolve().parents[1] / "data" / "messages" / "mscons.edi"
).read_bytes()
FIRST = "DE00056266802AO6G56M11SN51G21M24S"
SECOND = "DE00014559929E00856996N5139699L01"
PROFILE = mscons.MsconsProfile()


def parse(source=GOLDEN, profile=PROFILE, **settings):
    return list(mscons.parse_mscons(io.BytesIO(source), profile, **settings))


def refused(source, **settings):
    with pytest.raises(MarketError) as caught:
        parse(source, **settings)
    assert caught.value.message()
    return caught.value.code


def interchange(*segments):
    """Return an interchange of one message with these segments after its header."""
    body = [
        "UNH+1+MSCONS:D:04B:UN:2.4c",
        "BGM+7+DOC+9",
        "NAD+MS+A",
        "NAD+MR+B",
        "UNS+D",
        *segments,
    ]
    body.append(f"UNT+{len(body) + 1}+1")
    text = "'".join(["UNB+UNOC:3+A:14+B:14+260106:0800+R", *body, "UNZ+1+R", ""])
    return text.encode("latin-1")


def test_messages_of_an_interchange():
    profile, readings, cancellation = parse()
    assert (profile.reference, profile.document) == ("1", "MSI5422")
    assert (profile.sender, profile.receiver) == ("9900000000003", "9900000000004")
    assert profile.moment == datetime(2026, 1, 6, 7, tzinfo=UTC)
    assert profile.references == {"Z13": "13025"}
    assert (profile.function, cancellation.function) == ("9", "1")
    assert cancellation.references == {"ACW": "MSI5422"}
    assert not (profile.findings or readings.findings or cancellation.findings)


def test_a_message_has_its_hash_in_whatever_interchange():
    first, readings, cancellation = parse()
    assert len({first.content_hash, readings.content_hash}) == 2
    (alone,) = parse(interchange(*POINT, "QTY+220:1", *SPAN))
    other = interchange(*POINT, "QTY+220:1", *SPAN).replace(b"0800+R", b"0900+R")
    (again,) = parse(other.replace(b"'", b"'\r\n"))
    assert again.content_hash == alone.content_hash
    (changed,) = parse(interchange(*POINT, "QTY+220:2", *SPAN))
    assert changed.content_hash != alone.content_hash


def test_load_profiles_become_days():
    (chunk,) = mscons_values.interval_chunks(parse()[0])
    assert chunk.points == [FIRST, SECOND]
    assert chunk.channels == ["A+", "A+"]
    # 22:00 to 22:00 UTC is the local day in Sofia
    assert chunk.days == [date(2026, 1, 5)] * 2
    assert chunk.values[0].tolist() == [(i % 10) / 8 for i in range(96)]
    assert chunk.quality[1].tolist() == [0, 0, 0, 2] + [0] * 92


def test_readings_and_energies():
    rows = list(mscons_values.reading_rows(parse()[1]))
    day, night, energy = rows
    assert (day.point, day.meter, day.register) == (SECOND, "8465929523", "1.8.1")
    assert (day.reading_to, day.quantity) == (D("4250.465"), None)
    # 23:00 UTC on the 31st is 01:00 in Sofia on February 1
    assert day.date_to == date(2026, 2, 1)
    assert night.quality == "substituted"
    assert (energy.quantity, energy.reading_to) == (D("310.5"), None)
    assert (energy.date_from, energy.date_to) == (date(2026, 1, 1), date(2026, 1, 31))


POINT = ["NAD+DP", "LOC+172+P1", "LIN+1", "PIA+5+1-1?:1.8.0:SRW"]
SPAN = ["DTM+163:202512312200?+00:303", "DTM+164:202601312200?+00:303"]
GOOD = ["NAD+DP", "LOC+172+P2", "LIN+1", "PIA+5+1-1?:1.8.0:SRW", "QTY+220:5", *SPAN]


@pytest.mark.parametrize(
    ("segments", "code"),
    [
        (["QTY+220:x", *SPAN], "bad_number"),
        (["QTY+999:1", *SPAN], "bad_quality"),
        (["QTY+220:1:LTR", *SPAN], "unit_unknown"),
        (["QTY+220:1", "DTM+163:yesterday:303"], "bad_date"),
        (["QTY+220:1", "DTM+163:20260101:999"], "edi_segment"),
        (["QTY+220:1", "DTM+163:20261301:102"], "edi_segment"),
        (["QTY+220:1"], "field_missing"),
        (["LIN+2", "QTY+220:1", *SPAN], "edi_segment"),
        (["LIN+2", "PIA+5+rubbish:SRW", "QTY+220:1", *SPAN], "edi_segment"),
        (["LOC+172+"], "code_empty"),
    ],
)
def test_one_wrong_point_does_not_stop_the_others(segments, code):
    (message,) = parse(interchange(*POINT, *segments, *GOOD))
    assert [row.point for row in mscons_values.reading_rows(message)] == ["P2"]
    assert message.findings[0].code == code
    assert message.findings[0].level == "error"
    assert message.findings[0].row >= 7
    assert message.findings[0].message()


def test_values_that_are_not_to_be_used_are_left_out():
    (message,) = parse(interchange(*POINT, "QTY+Z30:0", *SPAN, *GOOD))
    assert [row.point for row in mscons_values.reading_rows(message)] == ["P2"]
    assert not message.findings


def test_codes_are_checked_by_the_profile():
    profile = mscons.MsconsProfile(code_scheme="pattern", code_pattern="P2")
    (message,) = parse(interchange(*POINT, "QTY+220:1", *SPAN, *GOOD), profile)
    assert [row.point for row in mscons_values.reading_rows(message)] == ["P2"]
    assert message.findings[0].code == "code_pattern"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "file_empty"),
        (b"  \r\n", "file_empty"),
        (b"<xml/>", "edi_type"),
        (b"UNA", "edi_broken"),
        (b"UNA:+.? '", "edi_type"),
        (b"UNB", "edi_broken"),
        (b"UNB+UNOC:3+A+B+260106:0800+R'", "edi_end_missing"),
        (b"UNB+UNOC:3+A+B+260106:0800+R'UNZ+1+R'", "edi_count"),
        (b"UNB+UNOC:3+A+B+260106:0800+R'UNZ+0+S'", "edi_reference"),
        (b"UNB+UNOC:3+A+B+1:2+R'UNH+1+INVOIC:D:96A:UN'", "edi_type"),
        (b"UNB+UNOC:3+A+B+1:2+R'BGM+7'", "edi_type"),
        (GOLDEN[:-20], "edi_broken"),
        (GOLDEN[: GOLDEN.rindex(b"UNZ")], "edi_end_missing"),
        (GOLDEN[: GOLDEN.index(b"UNT")], "edi_end_missing"),
        (GOLDEN.replace(b"UNT+", b"UNT+9", 1), "edi_count"),
        (GOLDEN.replace(b"BGM+7+MSI5422+9'\n", b"", 1), "edi_count"),
        (GOLDEN.replace(b"BGM+7+MSI5422+9'", b"BGM+7'", 1), "field_missing"),
        (GOLDEN.replace(b"NAD+MS", b"NAD+XX"), "field_missing"),
        (b"UNB+UNOA:3+\xe9+B+260106:0800+R'", "file_encoding"),
        (b"UNB+UNOC:3+A+B+260106\0:0800+R'", "file_not_text"),
    ],
)
def test_what_is_no_complete_interchange(source, code):
    assert refused(source) == code


def test_size_is_bounded():
    assert refused(GOLDEN, max_bytes=1000) == "message_too_large"


def test_other_separators_and_character_sets():
    text = GOLDEN.decode().replace("UNA:+.? '\n", "").replace("?", "#")
    text = text.replace("+", "|").replace("#|", "+").replace("'\n", "~")
    text = "UNA:|.# ~" + text.replace("UNOC", "UNOW").replace("P GETTY", "П. Гети")
    first, second, third = parse(text.encode())
    assert first.document == "MSI5422"
    (chunk,) = mscons_values.interval_chunks(first)
    assert chunk.values.shape == (2, 96)


def test_errors_are_answered_by_aperak():
    # without its release character the apostrophe ends the segment
    assert refused(interchange(*POINT, "QTY+220:it's", *SPAN)) == "edi_broken"
    source = interchange(*POINT, "QTY+220:it?'s", *SPAN, *GOOD)
    (message,) = parse(source)
    moment = datetime(2026, 1, 7, 9, 30, tzinfo=UTC)
    answer = aperak.make_aperak(message, message.findings, moment, "R1")
    assert "UNH+R1+APERAK:D:07B:UN:2.1'BGM+313+R1+9'" in answer
    assert "RFF+ACE:DOC'" in answer
    assert "ERC+BAD_NUMBER'FTX+ABO+++it?'s is no number.'" in answer
    assert "LOC+172+P1'" in answer
    count = answer[answer.index("UNH") :].replace("?'", "").count("'") - 1
    assert f"UNT+{count}+R1'UNZ+1+R1'" in answer
    (good,) = parse(interchange(*GOOD))
    assert "BGM+312+R1+9'" in aperak.make_aperak(good, [], moment, "R1")


FUZZ = settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow]
)
SMALL = interchange(*POINT, "QTY+220:1", *SPAN, *GOOD)


def survives(source):
    try:
        messages = parse(source)
    except MarketError as error:
        assert error.message()
        return
    for message in messages:
        mscons_values.interval_chunks(message)
        list(mscons_values.reading_rows(message))
        moment = datetime(2026, 1, 7, tzinfo=UTC)
        assert aperak.make_aperak(message, message.findings, moment, "R")
        assert all(finding.message() for finding in message.findings)


@FUZZ
@given(st.binary(max_size=200))
def test_fuzz_any_bytes(source):
    survives(source)
    survives(b"UNB+UNOC:3+A+B+260106:0800+R'" + source)


@FUZZ
@given(st.data())
def test_fuzz_damaged_interchange(data):
    source = bytearray(SMALL)
    for _change in range(data.draw(st.integers(1, 5))):
        position = data.draw(st.integers(0, len(source) - 1))
        length = data.draw(st.integers(0, 8))
        source[position : position + length] = data.draw(st.binary(max_size=8))
    survives(bytes(source))


part = st.text("0123456789:+?'-.ABCDTMQYLOPINUZ ", max_size=12)


@FUZZ
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["LOC", "LIN", "PIA", "QTY", "DTM", "RFF", "NAD", "STS", "BGM", "UNS"]
            ),
            part,
        )
    )
)
def test_fuzz_segments(segments):  # fmt: skip
    survives(interchange(*(f"{tag}+{rest}" for tag, rest in segments)))
