"""QR codes in byte mode, error correction M (ISO/IEC 18004).

Tables, function patterns and the order of modules come from ReportLab's encoder. What
is the same for every code of one size is made once; the data of a code is placed with
one fixed mask. Trying all eight for the best score, as encoders usually do, takes 22 of
26 ms; any of them is valid.
"""

import itertools
import re
from functools import lru_cache

from reportlab.graphics.barcode import qrencoder

from .errors import DocumentError, _

MASK = 0
LEVEL = qrencoder.QRErrorCorrectLevel.M
#: White modules around a code that readers rely on.
QUIET = 4
_PADDING = bytes((0xEC, 0x11))
_RUN = re.compile("1+")


def qr_rows(text):
    """The code of ``text`` as strings of ``0`` and ``1`` (dark), top row first.

    :raises DocumentError: ``qr_long`` beyond 2,331 bytes of UTF-8.
    """
    data = text.encode()
    version, size = _version(len(data))
    blocks = qrencoder.QRRSBlock.getRSBlocks(version, LEVEL)
    bits = "".join(
        f"{byte:08b}" for byte in _interleaved(_codewords(data, version, size), blocks)
    )
    pattern, places = _pattern(version)
    rows = [row.copy() for row in pattern]
    # Modules that are left over count as zero, under the mask as all others.
    for (row, column, flip), bit in zip(
        places, bits.ljust(len(places), "0"), strict=True
    ):
        rows[row][column] = flip[bit]
    return ["".join(row) for row in rows]


def draw_qr(sheet, text, x, y, size, shade):
    """Draw a code of ``size`` points; quiet zone included it begins at ``x``, ``y``."""
    rows = qr_rows(text)
    module = size / (len(rows) + 2 * QUIET)
    sheet.ink(shade)
    boxes = [
        f"{run.start()} {-number} {run.end() - run.start()} -1 re"
        for number, row in enumerate(rows)
        for run in _RUN.finditer(row)
    ]
    left, top = x + QUIET * module, y + size - QUIET * module
    sheet._code.append(
        f"q {module:.4f} 0 0 {module:.4f} {left:.2f} {top:.2f} cm {' '.join(boxes)} f Q"
    )


def _version(length):
    """Smallest version that holds ``length`` bytes, and its number of data bytes."""
    for version in range(1, 41):
        size = _capacity(version)
        # Mode and length take 12 bits, 20 from version 10 on.
        if length + (2 if version < 10 else 3) <= size:
            return version, size
    raise DocumentError(
        "qr_long",
        _("A QR code can't hold %(length)s bytes. Shorten the text."),
        length=length,
    )


@lru_cache(maxsize=40)
def _capacity(version):
    return sum(
        block.dataCount for block in qrencoder.QRRSBlock.getRSBlocks(version, LEVEL)
    )


def _codewords(data, version, size):
    """Mode, length, data, terminator, padding (ISO/IEC 18004, 7.4)."""
    width = 8 if version < 10 else 16
    number = 0b0100 << width | len(data)
    number = number << 8 * len(data) | int.from_bytes(data, "big")
    # The last four bits of the last byte are the terminator.
    number <<= 4
    words = number.to_bytes(len(data) + width // 8 + 1, "big")
    padding = itertools.islice(itertools.cycle(_PADDING), size - len(words))
    return words + bytes(padding)


def _interleaved(words, blocks):
    """Data and error correction of all blocks, by columns (7.6)."""
    parts, corrections, offset = [], [], 0
    for block in blocks:
        part = words[offset : offset + block.dataCount]
        offset += block.dataCount
        parts.append(part)
        corrections.append(_correction(part, block.totalCount - block.dataCount))
    columns = itertools.chain(
        itertools.zip_longest(*parts), itertools.zip_longest(*corrections)
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
def _pattern(version):
    """What all codes of a version share.

    :returns: rows of the function patterns, and in writing order the data modules as
        ``(row, column, {bit: module under the mask})``.
    """
    code = qrencoder.QRCode(version, LEVEL)
    code.dataCache = []
    code.makeImpl(False, MASK)
    masked = qrencoder.QRUtil.getMask(MASK)
    plain, flipped = {"0": "0", "1": "1"}, {"0": "1", "1": "0"}
    places = [
        (row, column, flipped if masked(row, column) else plain)
        for column, row in code.dataPosIterator()
    ]
    return [["1" if dark else "0" for dark in row] for row in code.modules], places
