"""Messages by which a bank gives direct debits back."""

from datetime import date
from decimal import Decimal

import pytest
from matching import MessageError, read_returns, sum_charges

PAIN = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>
<GrpHdr><MsgId>R-1</MsgId><CreDtTm>2026-03-01T08:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>ORDER-1</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>
{lots}</CstmrPmtStsRpt></Document>"""
LOT = """<OrgnlPmtInfAndSts><OrgnlPmtInfId>LOT-1</OrgnlPmtInfId>{}
</OrgnlPmtInfAndSts>"""
DEBIT = """<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId>
<TxSts>{status}</TxSts>
<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>CLOSED</AddtlInf></StsRsnInf>
<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">156.97</InstdAmt></Amt>
<Dbtr><Nm>Ada</Nm></Dbtr></OrgnlTxRef></TxInfAndSts>"""
CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}"><X>
<GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>S-1</Id>{entries}</Stmt></X></Document>"""
ENTRY = """<Ntry><Amt Ccy="EUR">159.97</Amt><CdtDbtInd>{sign}</CdtDbtInd>
<BookgDt><DtTm>2026-03-02T00:00:00</DtTm></BookgDt><NtryDtls><TxDtls>
<Refs><InstrId>I-1</InstrId><EndToEndId>{reference}</EndToEndId></Refs>
<AmtDtls><InstdAmt><Amt Ccy="EUR">{amount}</Amt></InstdAmt>
<TxAmt><Amt Ccy="EUR">159.97</Amt></TxAmt></AmtDtls>
<RltdPties><Dbtr><Pty><Nm>Ada</Nm></Pty></Dbtr></RltdPties>{returned}
</TxDtls></NtryDtls></Ntry>"""
REASON = "<RtrInf><Rsn><Prtry>914</Prtry></Rsn></RtrInf>"


def pain(*debits, group=""):
    lots = LOT.format("".join(debits)) if debits else ""
    return read_returns(PAIN.format(group=group, lots=lots).encode())


def camt(*entries, kind="053.001.08"):
    return read_returns(CAMT.format(kind=kind, entries="".join(entries)).encode())


def entry(reference="E-1", amount="156.97", sign="DBIT", returned=REASON):
    return ENTRY.format(
        reference=reference, amount=amount, sign=sign, returned=returned
    )


def debit(reference="E-1", status="RJCT"):
    return DEBIT.format(reference=reference, status=status)


def test_debits_refused_in_a_status_report():
    message = pain(debit(), debit("E-2", "ACSP"))
    (found,) = message.returns
    assert (found.scope, found.reference, found.code) == ("payment", "E-1", "AC04")
    assert (found.amount, found.currency) == (Decimal("156.97"), "EUR")
    assert (found.note, found.debtor) == ("CLOSED", "Ada")
    assert found.day == date(2026, 3, 1)
    assert message.kind == "status"


@pytest.mark.parametrize(
    ("message", "scope", "reference"),
    [
        (pain(group="<GrpSts>RJCT</GrpSts>"), "order", "ORDER-1"),
        (pain("<PmtInfSts>RJCT</PmtInfSts>"), "lot", "LOT-1"),
    ],
)
def test_a_group_refused_as_a_whole(message, scope, reference):
    (found,) = message.returns
    assert (found.scope, found.reference, found.amount) == (scope, reference, None)


def test_the_debit_counts_not_what_the_bank_adds():
    message = camt(entry(), entry(returned=""), entry(sign="CRDT"))
    (found,) = message.returns
    assert (found.amount, found.code) == (Decimal("156.97"), "914")
    assert (found.debtor, found.day) == ("Ada", date(2026, 3, 2))
    assert message.kind == "statement" and message.has_others
    message = camt(entry(), kind="054.001.02")
    assert message.kind == "notification" and not message.has_others


SOLE = """<Ntry><Amt Ccy="EUR">{total}</Amt><CdtDbtInd>DBIT</CdtDbtInd>{common}
<BookgDt><Dt>2026-03-02</Dt></BookgDt><NtryDtls>{details}</NtryDtls></Ntry>"""
DETAIL = """<TxDtls><Refs><EndToEndId>E-1</EndToEndId></Refs>{money}
<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>"""
INSTRUCTED = """<AmtDtls><InstdAmt><Amt Ccy="EUR">{}</Amt></InstdAmt></AmtDtls>"""
BOOKED = """<AmtDtls><TxAmt><Amt Ccy="EUR">{}</Amt></TxAmt></AmtDtls>"""
OLD = """<Chrgs><Amt Ccy="EUR">{}</Amt><CdtDbtInd>DBIT</CdtDbtInd></Chrgs>"""
NEW = """<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">9.99</TtlChrgsAndTaxAmt><Rcrd>
<Amt Ccy="EUR">{}</Amt><ChrgInclInd>{}</ChrgInclInd></Rcrd></Chrgs>"""
TOTAL = """<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">{}</TtlChrgsAndTaxAmt></Chrgs>"""


def returned(total, *money, common=""):
    details = "".join(DETAIL.format(money=text) for text in money)
    return camt(SOLE.format(total=total, common=common, details=details)).returns


@pytest.mark.parametrize(
    ("total", "money", "common", "charges"),
    [
        # the difference alone; what is told as well; in two pieces
        ("159.97", INSTRUCTED.format("156.97"), "", "3.00"),
        ("159.97", INSTRUCTED.format("156.97") + OLD.format("3.00"), "", "3.00"),
        ("159.97", BOOKED.format("156.97"), "", "3.00"),
        (
            "161.22",
            INSTRUCTED.format("156.97") + OLD.format("3.00") + OLD.format("1.25"),
            "",
            "4.25",
        ),
        # the sum alone, and what was charged
        ("159.97", BOOKED.format("159.97") + OLD.format("3.00"), "", "3.00"),
        ("159.97", BOOKED.format("159.97") + NEW.format("3.00", "true"), "", "3.00"),
        ("159.97", "", TOTAL.format("3.00"), "3.00"),
        ("159.97", INSTRUCTED.format("159.97") + OLD.format("3.00"), "", "3.00"),
        # charges that are booked elsewhere, and none at all
        ("156.97", BOOKED.format("156.97") + OLD.format("3.00"), "", "0"),
        ("156.97", "", "", "0"),
        # not that debit, or not to the cent
        ("159.97", "", "", None),
        ("159.97", INSTRUCTED.format("156.97") + OLD.format("2.99"), "", None),
        ("159.97", BOOKED.format("159.97") + NEW.format("3.00", "false"), "", None),
        ("150.00", INSTRUCTED.format("156.97"), "", None),
        ("159.97", INSTRUCTED.format("156.96"), "", None),
    ],
)
def test_charges_beside_a_debit_of_156_97(total, money, common, charges):
    (found,) = returned(total, money, common=common)
    expected = None if charges is None else Decimal(charges)
    assert found.charges_beside(Decimal("156.97")) == expected


def test_several_debits_of_one_entry_add_up_to_it():
    """10.00 and 20.00: with charges of each, of both, or told nowhere."""
    one, two = INSTRUCTED.format("10.00"), INSTRUCTED.format("20.00")

    def moved(*arguments, **options):
        return [str(found.moved) for found in returned(*arguments, **options)]

    assert moved("35.50", one + OLD.format("3.00"), two + OLD.format("2.50")) == [
        "13.00",
        "22.50",
    ]
    assert moved("35.01", one, two, common=OLD.format("5.01")) == ["12.51", "22.50"]
    assert moved("30.00", one, two) == ["10.00", "20.00"]
    assert moved("36.00", one, two) == ["10.00", "20.00"]
    assert moved("36.00", one, "") == ["None", "None"]


def test_a_debit_of_another_currency_has_no_charges():
    money = INSTRUCTED.format("156.97").replace("EUR", "CZK")
    (found,) = returned("7.00", money)
    assert (found.currency, found.moved) == ("CZK", None)
    assert found.charges_beside(Decimal("156.97")) == 0
    assert found.charges_beside(Decimal("7.00")) is None


def test_without_a_reference_of_its_own_the_instruction_counts():
    (found,) = camt(entry("NOTPROVIDED")).returns
    assert found.reference == "I-1"


def test_the_same_message_has_the_same_keys():
    first, second = camt(entry(), entry()).returns
    assert first.key != second.key
    assert [found.key for found in camt(entry(), entry()).returns] == [
        first.key,
        second.key,
    ]


@pytest.mark.parametrize("amount", ["12,50", "", "NaN"])
def test_an_amount_that_is_none(amount):
    with pytest.raises(MessageError) as caught:
        camt(entry(amount=amount))
    assert (caught.value.number, caught.value.found) == (1, amount)


@pytest.mark.parametrize(
    "content",
    [b"", b"Date;Amount", b"<a/>", CAMT.format(kind="052.001.02", entries="").encode()],
)
def test_other_files_are_left_to_others(content):
    assert read_returns(content) is None


@pytest.mark.parametrize(
    ("beside", "alone", "total"),
    [
        ([], [], "0"),
        (["0", "3.00"], [], "3.00"),
        (["3.00", "3.00"], [], "3.00"),
        (["3.00", "2.10"], [], "3.00"),
        (["0"], ["1.25", "1.25"], "1.25"),
        (["3.00"], ["3.00"], "3.00"),
        (["3.00"], ["1.25", "3.00", "0.01"], "4.26"),
    ],
)
def test_charges_of_a_return_in_all_its_messages(beside, alone, total):
    found = sum_charges(map(Decimal, beside), map(Decimal, alone))
    assert found == Decimal(total)


def test_charges_in_an_entry_of_their_own():
    """159.97 left the account and all of it is called charges."""
    charges = "<Chrgs><Amt>159.97</Amt></Chrgs><RtrInf>"
    alone = camt(entry(returned=REASON.replace("<RtrInf>", charges))).returns[0]
    assert (alone.is_charges_alone, alone.debit) == (True, Decimal())
    beside = camt(entry()).returns[0]
    assert (beside.is_charges_alone, beside.debit) == (False, Decimal("156.97"))
