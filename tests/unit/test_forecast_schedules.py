"""Schedule documents, their answers, and what is left to buy."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from forecasting import begins
from lxml import etree
from schedules import (
    Contract,
    Schedule,
    ScheduleError,
    Series,
    parse_acknowledgement,
    to_buy,
    write_cim,
    write_ess,
)

SENDER, RECEIVER = "32X00110010000A1", "10XBG-ESO------A"
MONDAY = date(2026, 1, 5)


def made(day=date(2026, 6, 1), minutes=60, zone="Europe/Sofia", **values):
    moments = begins(zone, minutes, day)
    step = timedelta(minutes=minutes)
    energy = [1.5 + number / 1000 for number in range(len(moments))]
    return Schedule(
        mrid="TRADER-20260601",
        revision=2,
        start=moments[0],
        end=moments[-1] + step,
        minutes=minutes,
        created=datetime(2026, 5, 31, 9, 30, 5, tzinfo=UTC),
        sender=SENDER,
        receiver=RECEIVER,
        domain="10YCA-BULGARIA-R",
        party=SENDER,
        series=[Series("TS1", 2, energy)],
        **values,
    )


def test_cim_document():
    root = etree.fromstring(write_cim(made()))
    name = "urn:iec62325.351:tc57wg16:451-2:scheduledocument:5:1"
    assert root.tag == f"{{{name}}}Schedule_MarketDocument"
    assert root.findtext("{*}revisionNumber") == "2"
    sender = root.find("{*}sender_MarketParticipant.mRID")
    assert (sender.text, sender.get("codingScheme")) == (SENDER, "A01")
    assert root.findtext(".//{*}schedule_Time_Period.timeInterval/{*}start") == (
        "2026-05-31T21:00Z"
    )
    assert root.findtext(".//{*}resolution") == "PT60M"
    points = root.findall(".//{*}Point")
    assert len(points) == 24
    assert points[1].findtext("{*}position") == "2"
    assert points[1].findtext("{*}quantity") == "1.501"


def test_ess_document():
    root = etree.fromstring(write_ess(made()))
    assert root.tag == (
        "{urn:entsoe.eu:wgedi:ess:scheduledocument:4:1}ScheduleDocument"
    )
    assert root.find("{*}DocumentVersion").get("v") == "2"
    assert root.find("{*}ScheduleTimeInterval").get("v") == (
        "2026-05-31T21:00Z/2026-06-01T21:00Z"
    )
    assert len(root.findall(".//{*}Interval")) == 24


@pytest.mark.parametrize("write", [write_cim, write_ess])
@pytest.mark.parametrize(
    ("day", "periods"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100)], ids=str
)
def test_days_of_clock_change(write, day, periods):
    root = etree.fromstring(write(made(day, 15, "Europe/Prague")))
    found = root.findall(".//{*}Point") or root.findall(".//{*}Interval")
    assert len(found) == periods


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("bad_eic", {"sender": "SHORT"}),
        ("bad_revision", {"revision": 0}),
        ("no_series", {"series": []}),
        ("no_values", {"series": [Series("TS1", 1, [1.0] * 23)]}),
        ("bad_number", {"series": [Series("TS1", 1, [float("nan")] * 24)]}),
        ("bad_resolution", {"minutes": 7}),
        ("schema", {"mrid": "X" * 36}),
    ],
)
def test_a_schedule_that_nobody_takes_is_not_written(code, values):
    for write in (write_cim, write_ess):
        with pytest.raises(ScheduleError) as raised:
            write(replace(made(), **values))
        assert raised.value.code == code


CIM_ANSWER = b"""<?xml version="1.0"?>
<Acknowledgement_MarketDocument
  xmlns="urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:8:1">
  <mRID>ACK1</mRID>
  <received_MarketDocument.mRID>TRADER-20260601</received_MarketDocument.mRID>
  <received_MarketDocument.revisionNumber>2</received_MarketDocument.revisionNumber>
  <Reason><code>A02</code><text>Message fully rejected</text></Reason>
  <Reason><code>A57</code><text>Deadline limit exceeded</text></Reason>
</Acknowledgement_MarketDocument>"""
ESS_ANSWER = b"""<AcknowledgementDocument DtdVersion="5" DtdRelease="0">
  <ReceivingDocumentIdentification v="TRADER-20260601"/>
  <ReceivingDocumentVersion v="1"/>
  <Reason><ReasonCode v="A01"/></Reason></AcknowledgementDocument>"""


def test_acknowledgements():
    found = parse_acknowledgement(CIM_ANSWER)
    assert (found.document, found.revision, found.accepted) == (
        "TRADER-20260601",
        2,
        False,
    )
    assert found.reasons[1] == ("A57", "Deadline limit exceeded")
    found = parse_acknowledgement(ESS_ANSWER)
    assert found.accepted and found.revision == 1


@pytest.mark.parametrize("content", [b"", b"nothing", b"<a/>", b"<Acknowledgement"])
def test_something_else_is_no_acknowledgement(content):
    with pytest.raises(ScheduleError):
        parse_acknowledgement(content)


def test_what_is_left_to_buy():
    forecast = np.full((7, 24), 100.0)
    contracts = [
        Contract("base", 30, MONDAY, date(2026, 1, 31)),
        Contract("peak", 20, MONDAY, date(2026, 1, 31)),
        Contract("profile", 2, MONDAY, MONDAY, tuple(range(24))),
    ]
    holidays = {date(2026, 1, 6)}
    buy, bought = to_buy(forecast, forecast * 0.05, contracts, MONDAY, holidays)
    np.testing.assert_allclose(buy + bought, 105.0)
    assert buy[2, 12] == 55 and buy[2, 20] == 75  # a work day, peak and not
    assert buy[1, 12] == 75 and buy[5, 12] == 75  # a holiday, a Saturday
    assert buy[0, 12] == 31


def test_contracts_deliver_the_same_in_quarters():
    contract = Contract("peak", 40, MONDAY, MONDAY)
    hours = contract.deliver(MONDAY, 1, 24)
    quarters = contract.deliver(MONDAY, 1, 96)
    assert hours.sum() == quarters.sum() == 480
