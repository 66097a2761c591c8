"""What the receiver of a schedule answers: accepted, rejected, and why."""

from dataclasses import dataclass

from lxml import etree

from .document import ScheduleError

ACCEPTED, REJECTED = "A01", "A02"
"""Reason codes of an acknowledgement: fully accepted, fully rejected."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An answer to one revision of a schedule.

    :param document: identification of the schedule it answers
    :param revision: of that schedule; None where the answer doesn't say
    :param accepted: whether it holds
    :param reasons: ``((code, text), …)`` in the order of the document
    """

    document: str
    revision: int | None
    accepted: bool
    reasons: tuple


def parse_acknowledgement(content: bytes) -> Acknowledgement:
    """Read a CIM Acknowledgement_MarketDocument or an ESS AcknowledgementDocument.

    :raises ScheduleError: not_xml; not_acknowledgement for another document
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ScheduleError("not_xml", reason=str(error)) from error
    kind = etree.QName(root).localname
    if kind == "Acknowledgement_MarketDocument":
        names = (
            "received_MarketDocument.mRID",
            "received_MarketDocument.revisionNumber",
        )
        reasons = [
            (_text(reason, "code"), _text(reason, "text"))
            for reason in root.iter("{*}Reason")
        ]
    elif kind == "AcknowledgementDocument":
        names = ("ReceivingDocumentIdentification", "ReceivingDocumentVersion")
        reasons = [
            (_text(reason, "ReasonCode"), _text(reason, "ReasonText"))
            for reason in root.iter("{*}Reason")
        ]
    else:
        raise ScheduleError("not_acknowledgement", found=kind)
    document, revision = (_text(root, name) for name in names)
    if not document:
        raise ScheduleError("not_acknowledgement", found=kind)
    codes = {code for code, _text_ in reasons}
    return Acknowledgement(
        document,
        int(revision) if revision.isdigit() else None,
        ACCEPTED in codes and REJECTED not in codes,
        tuple(reasons),
    )


def _text(parent, name):
    """Text or attribute `v` of a child; empty where it is not there."""
    child = parent.find(f"{{*}}{name}")
    if child is None:
        return ""
    return (child.get("v") or child.text or "").strip()
