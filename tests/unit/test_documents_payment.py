"""Payment codes: payloads by their standards, modules as another encoder makes them."""

from datetime import date
from decimal import Decimal as D

import pytest
import qrcode
from documents import DocumentError, payment, qr
from hypothesis import given
from hypothesis import strategies as st
from qrcode.util import MODE_8BIT_BYTE, QRData


def test_the_epc_payload_has_its_eleven_lines():
    """EPC069-12 version 2.1, table 1."""
    payload = payment.epc_payload(
        "Red Cross", "BE72 0000 0000 1616", D(1), text="Urgency fund", bic="BPOTBEB1"
    )
    assert payload.split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "BPOTBEB1",
        "Red Cross",
        "BE72000000001616",
        "EUR1.00",
        "",
        "",
        "Urgency fund",
    ]


def test_a_structured_reference_takes_its_own_line():
    payload = payment.epc_payload("X", "BE72000000001616", D(5), "RF18 5390 0754 7034")
    assert payload.endswith("EUR5.00\n\nRF18539007547034")


@pytest.mark.parametrize("amount", [D(0), D(-1), D(10**9)])
def test_the_epc_payload_refuses_amounts_it_cannot_hold(amount):
    with pytest.raises(DocumentError) as caught:
        payment.epc_payload("X", "BE72000000001616", amount)
    assert caught.value.code == "qr_amount"


def test_reference_and_text_exclude_each_other():
    with pytest.raises(DocumentError):
        payment.epc_payload("X", "BE72000000001616", D(1), "RF18", "text")


def test_the_czech_payload():
    """The example of the Czech Banking Association's standard, SPAYD 1.0."""
    payload = payment.spayd_payload(
        "CZ58 5500 0000 0012 6509 8001",
        D("480.55"),
        variable="1234567890",
        message="Payment * for the goods",
        due=date(2026, 8, 17),
    )
    assert payload == (
        "SPD*1.0*ACC:CZ5855000000001265098001*AM:480.55*CC:CZK*X-VS:1234567890"
        "*DT:20260817*MSG:Payment   for the goods"
    )


@pytest.mark.parametrize("symbol", ["12345678901", "12-34", "A1"])
def test_a_variable_symbol_is_up_to_ten_digits(symbol):
    with pytest.raises(DocumentError):
        payment.spayd_payload("CZ58", D(1), variable=symbol)


@given(st.text(min_size=1, max_size=400))
def test_the_code_is_the_one_another_encoder_makes(payload):
    other = qrcode.QRCode(
        error_correction=qrcode.ERROR_CORRECT_M, mask_pattern=qr.MASK, border=0
    )
    other.add_data(QRData(payload.encode(), MODE_8BIT_BYTE), optimize=0)
    other.make()
    expected = ["".join("01"[cell] for cell in row) for row in other.get_matrix()]
    assert qr.qr_rows(payload) == expected


def test_a_text_that_fills_no_code_is_refused():
    assert len(qr.qr_rows("x" * 2331)) == 177
    with pytest.raises(DocumentError) as caught:
        qr.qr_rows("x" * 2332)
    assert caught.value.code == "qr_long"


def test_accounts_are_grouped_only_when_they_are_ibans():
    grouped = payment.grouped_account
    assert grouped("NO9386011117947") == "NO93 8601 1117 947"
    assert grouped("19-2000145399/0800") == "19-2000145399/0800"
    assert grouped("NO9386011117948") == "NO9386011117948"


@pytest.mark.parametrize(
    ("account", "valid"),
    [
        ("BE72000000001616", True),
        ("BG80BNBG96611020345678", True),
        ("GB82WEST12345698765432", True),
        ("GB82WEST12345698765423", False),
        ("gb82WEST12345698765432", False),
        ("", False),
    ],
)
def test_an_iban_has_check_digits(account, valid):
    assert payment.is_iban(account) is valid
