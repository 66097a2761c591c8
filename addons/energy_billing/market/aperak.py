"""EDIFACT APERAK: the answer to a message, with its errors."""

from datetime import UTC, datetime

from pydifact.control import Characters
from pydifact.segments import Segment
from pydifact.serializer import Serializer

from .errors import ERROR, Finding
from .mscons import MsconsMessage


def make_aperak(
    message: MsconsMessage,
    findings: list[Finding],
    moment: datetime,
    reference: str,
    tell=Finding.message,
) -> str:
    """Return an APERAK interchange that lists the errors of a message.

    `findings` are those of the parser and of the caller, `tell` makes the text of one.
    One ERC, FTX and RFF per error: our code in capitals, its text, the
    place. A message without errors is acknowledged (BGM 312), one with errors refused
    (BGM 313).
    """
    errors = [finding for finding in findings if finding.level == ERROR]
    stamp = moment.astimezone(UTC)
    body = [
        Segment("UNH", reference, ["APERAK", "D", "07B", "UN", "2.1"]),
        Segment("BGM", "313" if errors else "312", reference, "9"),
        Segment("DTM", ["137", f"{stamp:%Y%m%d%H%M}+00", "303"]),
        Segment("RFF", ["ACE", message.document]),
        Segment("NAD", "MS", [message.receiver, "", "9"]),
        Segment("NAD", "MR", [message.sender, "", "9"]),
    ]
    for finding in errors:
        text = _plain(tell(finding))
        body += [
            Segment("ERC", [finding.code.upper()]),
            Segment("FTX", "ABO", "", "", [text[:512]]),
            Segment("RFF", ["ACW", _plain(finding.element or finding.row or "")]),
        ]
        if finding.point:
            body.append(Segment("LOC", "172", finding.point))
    body.append(Segment("UNT", str(len(body) + 1), reference))
    head = Segment(
        "UNB",
        ["UNOW", "3"],
        [message.receiver, "14"],
        [message.sender, "14"],
        [f"{stamp:%y%m%d}", f"{stamp:%H%M}"],
        reference,
    )
    characters = Characters(decimal_point=".")
    segments = [head, *body, Segment("UNZ", "1", reference)]
    return Serializer(characters).serialize(segments, with_una_header=True)


def _plain(text):
    """Return a text without line ends and control characters."""
    return " ".join(str(text).split())
