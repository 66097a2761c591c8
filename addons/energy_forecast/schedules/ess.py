"""ScheduleDocument of the older ESS 4.1: every value is an attribute `v`."""

from lxml import etree

from .document import finish, minute, number, second

NAMESPACE = "urn:entsoe.eu:wgedi:ess:scheduledocument:4:1"


def write_ess(schedule) -> bytes:
    """The schedule as ESS XML in UTF-8.

    :raises ScheduleError: for a schedule that no receiver would take
    """
    schedule.check()
    root = etree.Element(
        f"{{{NAMESPACE}}}ScheduleDocument",
        {"DtdVersion": "4", "DtdRelease": "1"},
        nsmap={None: NAMESPACE},
    )

    def add(parent, name, value=None, **attributes):
        if value is not None:
            attributes = {"v": value, **attributes}
        return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)

    interval = f"{minute(schedule.start)}/{minute(schedule.end)}"
    add(root, "DocumentIdentification", schedule.mrid)
    add(root, "DocumentVersion", str(schedule.revision))
    add(root, "DocumentType", "A01")
    add(root, "ProcessType", "A01")
    add(root, "ScheduleClassificationType", "A01")
    add(root, "SenderIdentification", schedule.sender, codingScheme="A01")
    add(root, "SenderRole", schedule.sender_role)
    add(root, "ReceiverIdentification", schedule.receiver, codingScheme="A01")
    add(root, "ReceiverRole", schedule.receiver_role)
    add(root, "CreationDateTime", second(schedule.created))
    add(root, "ScheduleTimeInterval", interval)
    add(root, "Domain", schedule.domain, codingScheme="A01")
    add(root, "SubjectParty", schedule.party, codingScheme="A01")
    add(root, "SubjectRole", schedule.sender_role)
    for series in schedule.series:
        part = add(root, "ScheduleTimeSeries")
        add(part, "SendersTimeSeriesIdentification", series.mrid)
        add(part, "SendersTimeSeriesVersion", str(series.version))
        add(part, "BusinessType", series.business_type)
        add(part, "Product", "8716867000016")
        add(part, "ObjectAggregation", "A01")
        add(part, "InArea", schedule.domain, codingScheme="A01")
        add(part, "InParty", schedule.party, codingScheme="A01")
        add(part, "MeasurementUnit", series.unit)
        block = add(part, "Period")
        add(block, "TimeInterval", interval)
        add(block, "Resolution", f"PT{schedule.minutes}M")
        for position, value in enumerate(series.values, 1):
            point = add(block, "Interval")
            add(point, "Pos", str(position))
            add(point, "Qty", number(value))
    return finish(root, "ess.xsd")
