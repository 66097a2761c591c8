"""Schedule_MarketDocument of IEC 62325-451-2, version 5.1."""

from lxml import etree

from .document import finish, minute, number, second

NAMESPACE = "urn:iec62325.351:tc57wg16:451-2:scheduledocument:5:1"


def write_cim(schedule) -> bytes:
    """The schedule as CIM XML in UTF-8.

    :raises ScheduleError: for a schedule that no receiver would take
    """
    schedule.check()
    root = etree.Element(
        f"{{{NAMESPACE}}}Schedule_MarketDocument", nsmap={None: NAMESPACE}
    )

    def add(parent, name, text=None, **attributes):
        element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
        element.text = text
        return element

    add(root, "mRID", schedule.mrid)
    add(root, "revisionNumber", str(schedule.revision))
    add(root, "type", "A01")
    add(root, "process.processType", "A01")
    add(root, "process.classificationType", "A01")
    add(root, "sender_MarketParticipant.mRID", schedule.sender, codingScheme="A01")
    add(root, "sender_MarketParticipant.marketRole.type", schedule.sender_role)
    add(root, "receiver_MarketParticipant.mRID", schedule.receiver, codingScheme="A01")
    add(root, "receiver_MarketParticipant.marketRole.type", schedule.receiver_role)
    add(root, "createdDateTime", second(schedule.created))
    period = add(root, "schedule_Time_Period.timeInterval")
    add(period, "start", minute(schedule.start))
    add(period, "end", minute(schedule.end))
    add(root, "domain.mRID", schedule.domain, codingScheme="A01")
    add(root, "subject_MarketParticipant.mRID", schedule.party, codingScheme="A01")
    add(root, "subject_MarketParticipant.marketRole.type", schedule.sender_role)
    for series in schedule.series:
        part = add(root, "TimeSeries")
        add(part, "mRID", series.mrid)
        add(part, "version", str(series.version))
        add(part, "businessType", series.business_type)
        add(part, "product", "8716867000016")
        add(part, "objectAggregation", "A01")
        add(part, "in_Domain.mRID", schedule.domain, codingScheme="A01")
        add(
            part,
            "in_MarketParticipant.mRID",
            schedule.party,
            codingScheme="A01",
        )
        add(part, "measurement_Unit.name", series.unit)
        block = add(part, "Period")
        interval = add(block, "timeInterval")
        add(interval, "start", minute(schedule.start))
        add(interval, "end", minute(schedule.end))
        add(block, "resolution", f"PT{schedule.minutes}M")
        for position, value in enumerate(series.values, 1):
            point = add(block, "Point")
            add(point, "position", str(position))
            add(point, "quantity", number(value))
    return finish(root, "cim.xsd")
