"""Payment by QR code: the payloads, and the panel on the invoice.

EPC069-12 ("BCD", SEPA credit transfer in euro) and SPAYD 1.0 (Czech Banking
Association). Both are text; the codes are made by ReportLab's encoder.
"""

import itertools
import re
from functools import lru_cache

from reportlab.graphics.barcode import qrencoder
from reportlab.lib.units import mm

from .errors import DocumentError
from .layout import fitted, wrapped

QR_SIZE = 27 * mm
#: White modules around a code that readers rely on (ISO/IEC 18004: four).
_QUIET = 4
#: One of the eight masks. Any is valid; trying all for the best score takes 22 of
#: the 26 ms of a code.
_MASK = 0


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
            "A payment code holds amounts from 0.01 to 999,999,999.99, not %(amount)s.",
            amount=str(amount),
        )
    if reference and text:
        raise DocumentError(
            "qr_reference",
            "A payment code holds a structured reference or a text, not both "
            "(%(reference)s, %(text)s).",
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
                "The variable symbol %(reference)s isn't one to ten digits.",
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


class _Code(qrencoder.QRCode):
    def getBestMaskPattern(self):  # noqa: N802 (ReportLab's name)
        return _MASK

    def mapData(self, data, maskPattern):  # noqa: N802, N803 (ReportLab's names)
        bits = "".join(f"{byte:08b}" for byte in data)
        places = _places(self.version, maskPattern)
        # Modules that are left over count as white, under the mask as all others.
        for (row, column, flip), bit in zip(
            places, bits.ljust(len(places), "0"), strict=False
        ):
            self.modules[row][column] = flip != (bit == "1")

    @staticmethod
    def createBytes(buffer, rsBlocks):  # noqa: N802, N803 (ReportLab's names)
        """Data and error correction bytes, interleaved (ISO/IEC 18004, 7.6).

        ReportLab's polynomial objects take four times as long.
        """
        offset, data, corrections = 0, [], []
        for block in rsBlocks:
            part = buffer.buffer[offset : offset + block.dataCount]
            offset += block.dataCount
            data.append(part)
            corrections.append(_correction(part, block.totalCount - block.dataCount))
        columns = itertools.chain(
            itertools.zip_longest(*data), itertools.zip_longest(*corrections)
        )
        return [byte for column in columns for byte in column if byte is not None]


def _correction(data, count):
    """``count`` Reed-Solomon bytes: the remainder of ``data`` by the generator."""
    powers, logs, generator = _field(count)
    remainder = [0] * count
    for byte in data:
        factor = byte ^ remainder[0]
        remainder = [*remainder[1:], 0]
        if factor:
            log = logs[factor]
            remainder = [
                part ^ powers[log + term]
                for part, term in zip(remainder, generator, strict=True)
            ]
    return remainder


@lru_cache(maxsize=40)
def _field(count):
    """Powers and logarithms of GF(256), logarithms of the generator's coefficients."""
    powers = [qrencoder.QRMath.gexp(power % 255) for power in range(510)]
    logs = [0] + [qrencoder.QRMath.glog(value) for value in range(1, 256)]
    polynomial = qrencoder.QRUtil.getErrorCorrectPolynomial(count)
    generator = [logs[polynomial.get(index)] for index in range(1, count + 1)]
    return powers, logs, generator


@lru_cache(maxsize=40)
def _places(version, mask):
    """Data modules in writing order with the mask's bit; the same for each code."""
    code = qrencoder.QRCode(version, qrencoder.QRErrorCorrectLevel.M)
    code.moduleCount = version * 4 + 17
    flips = qrencoder.QRUtil.getMask(mask)
    return [
        (row, column, bool(flips(row, column)))
        for column, row in code.dataPosIterator()
    ]


def qr_modules(payload):
    """The code as rows of booleans, error correction M as EPC069-12 asks."""
    code = _Code(None, qrencoder.QRErrorCorrectLevel.M)
    code.addData(qrencoder.QR8bitByte(payload))
    code.make()
    return code.modules


def draw_qr(sheet, payload, x, y, size, shade):
    """Draw a code whose lower left corner, quiet zone included, is at ``x``, ``y``."""
    modules = qr_modules(payload)
    module = size / (len(modules) + 2 * _QUIET)
    sheet.ink(shade)
    code = sheet._code
    for row, cells in enumerate(modules):
        bottom = y + size - (row + _QUIET + 1) * module
        start = None
        for column, dark in enumerate([*cells, False]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                left = x + (start + _QUIET) * module
                width = (column - start) * module
                code.append(f"{left:.3f} {bottom:.3f} {width:.3f} {module:.3f} re")
                start = None
    code.append("f")


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
    if re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", plain):
        return " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))
    return account
