"""Payment by QR code: the payloads, and the panel on the invoice.

EPC069-12 ("BCD", SEPA credit transfer in euro) and SPAYD 1.0 (Czech Banking
Association). Both are text; :mod:`.qr` makes the codes.
"""

import re

from reportlab.lib.units import mm

from .errors import DocumentError, _
from .layout import fitted, wrapped
from .qr import draw_qr

QR_SIZE = 27 * mm


def epc_payload(holder, iban, amount, reference="", text="", bic=""):
    """Payload of a SEPA credit transfer.

    :param amount: ``Decimal`` in euro, 0.01 to 999,999,999.99.
    :param reference: structured creditor reference (ISO 11649); or
    :param text: free remittance text, at most 140 characters.
    :raises DocumentError: ``qr_amount``, ``qr_reference``.
    """
    if not 0 < amount < 10**9:
        raise DocumentError(
            "qr_amount",
            _(
                "A payment code holds amounts from 0.01 to 999,999,999.99, not "
                "%(amount)s."
            ),
            amount=str(amount),
        )
    if reference and text:
        raise DocumentError(
            "qr_reference",
            _(
                "A payment code holds a structured reference or a text, not both "
                "(%(reference)s, %(text)s)."
            ),
            reference=reference,
            text=text,
        )
    lines = (
        "BCD",
        "002",
        "1",
        "SCT",
        bic.replace(" ", ""),
        _line(holder)[:70],
        iban.replace(" ", ""),
        f"EUR{amount:.2f}",
        "",
        reference.replace(" ", "")[:35],
        _line(text)[:140],
    )
    return "\n".join(lines).rstrip("\n")


def spayd_payload(iban, amount, currency="CZK", variable="", message="", due=None):
    """Payload of the Czech short payment descriptor.

    :param variable: variable symbol, digits only, at most ten.
    :param due: ``date`` or None.
    :raises DocumentError: ``qr_reference``.
    """
    parts = ["SPD*1.0", f"ACC:{iban.replace(' ', '')}", f"AM:{amount:.2f}"]
    parts.append(f"CC:{currency}")
    if variable:
        if not re.fullmatch(r"\d{1,10}", variable):
            raise DocumentError(
                "qr_reference",
                _("The variable symbol %(reference)s isn't one to ten digits."),
                reference=variable,
            )
        parts.append(f"X-VS:{variable}")
    if due:
        parts.append(f"DT:{due:%Y%m%d}")
    if message:
        # "*" separates fields.
        parts.append(f"MSG:{_line(message).replace('*', ' ')[:60]}")
    return "*".join(parts)


def _line(text):
    return " ".join(text.split())


def draw_payment(frame, payment, facts):
    """The payment panel: details, and the code where there is one.

    :param facts: pairs of label and formatted value, beside the panel's own.
    """
    sheet, palette, texts = frame.sheet, frame.palette, frame.texts
    rows = [
        (texts["holder"], payment.holder),
        (texts["account"], grouped_account(payment.account)),
        (texts["bic"], payment.bic),
        (texts["bank"], payment.bank),
        (payment.reference_label or texts["reference"], payment.reference),
        *facts,
    ]
    rows = [row for row in rows if row[1]]
    columns = 2
    pad = 9.0
    code_width = QR_SIZE + pad if payment.qr else 0
    width = (frame.width - code_width - 2 * pad) / columns
    depth = -(-len(rows) // columns)
    note = []
    if payment.note:
        note = wrapped(sheet, payment.note, 7.5, width * columns)[:3]
    height = 22 + depth * 23 + len(note) * 10 + pad * 0.4
    height = max(height, QR_SIZE + 14) if payment.qr else height
    frame.require(height)
    top, bottom = frame.y, frame.y - height
    sheet.frame(frame.left, bottom, frame.width, height, palette.soft)
    x = frame.left + pad
    sheet.text(x, top - 15, texts["payment"], 9, palette.primary, bold=True)
    for number, (label, value) in enumerate(rows):
        column, row = divmod(number, depth)
        left, y = x + column * width, top - 28 - row * 23
        sheet.text(left, y, fitted(sheet, label, 6.5, width - pad), 6.5, palette.muted)
        size = 8.5
        natural = sheet.width(value, size, True)
        # An account or reference must not be cut: set it smaller instead.
        size = min(size, size * (width - pad) / natural)
        sheet.text(left, y - 10, value, size, palette.ink, bold=True)
    y = top - 28 - depth * 23 - 1
    for line in note:
        sheet.text(x, y, line, 7.5, palette.muted)
        y -= 10
    if payment.qr:
        left = frame.right - QR_SIZE - pad * 0.5
        draw_qr(sheet, payment.qr, left, bottom + 10, QR_SIZE, palette.ink)
        scan = fitted(sheet, texts["scan"], 6.5, QR_SIZE)
        sheet.text_centre(left + QR_SIZE / 2, bottom + 6, scan, 6.5, palette.muted)
    frame.y = bottom - 12


def grouped_account(account):
    """An IBAN in groups of four; other account numbers as they are."""
    plain = account.replace(" ", "")
    if is_iban(plain):
        return " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))
    return account


def is_iban(account):
    """Whether an account number without spaces is an IBAN with right check digits.

    ISO 13616, 7064 (mod 97-10). Lengths by country aren't checked.
    """
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", account):
        return False
    turned = account[4:] + account[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1
