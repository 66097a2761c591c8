"""Messages by which a bank gives direct debits back."""

from datetime import date
from decimal import Decimal

import pytest
from matching import MessageError, read_returns

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
