"""Messages: market operator XML in one ZIP, from delivered to stored.

``--size`` is the number of messages (20,000 by default), each for a point of its own:
nine of ten are data to bill of two registers, one of ten holds a day of quarter hours.
Each becomes a message with a hash of its own; points, meters, installations, readings,
usages and billing orders are made. The bound is that of 20,000 messages, in proportion.
"""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta

SIZE = 20_000
SMALL = 20
DATABASE = True
#: Seconds for 20,000 messages, from the issue.
TARGET_SECONDS = 300
MESSAGES = 20_000

HEAD = (
    '<{root} xmlns="urn:bench" id="{number}" message-code="{code}"'
    ' date-time="2026-02-01T08:00:00+01:00" dtd-version="1" dtd-release="1">'
    '<SenderIdentification id="8591824000007" coding-scheme="14" role="OTE"/>'
    '<ReceiverIdentification id="8591824556207" coding-scheme="14" role="SUP"/>'
)
DUF = (
    '<Location ean="{ean}" date-from="2026-01-01" date-to="2026-01-31">'
    '<Meter id="M{number}" multiplier="1">'
    '<Register tariff="VT" value-from="100" value-to="400" quantity="300" unit="KWH"/>'
    '<Register tariff="NT" value-from="200" value-to="250" quantity="50" unit="KWH"/>'
    "</Meter></Location>"
)


def run(bench, size):
    codes = [gsrn(number) for number in range(size)]
    content = make_batch(codes)
    with bench.environment() as env:
        profile = prepare(env, codes)
        with bench.measure() as ours:
            message = env["energy.message"]._import_file(
                profile, "batch.zip", io.BytesIO(content)
            )
            env.cr.commit()
        states = set(message.child_ids.mapped("state"))
        if states != {"processed"} or len(message.child_ids) != size:
            raise AssertionError(message._get_summary())
        bench.record(
            f"{size} messages to stored",
            "s",
            ours.seconds,
            target=TARGET_SECONDS * size / MESSAGES,
            peak_mib=ours.peak_mib,
        )
        bench.record("the same, CPU of both processes", "s", ours.all_cpu_seconds)
        other = make_batch(codes, comment=b"<!-- again -->")
        with bench.measure() as again:
            message = env["energy.message"]._import_file(
                profile, "again.zip", io.BytesIO(other)
            )
            env.cr.commit()
        bench.record("the same messages again", "s", again.seconds)


def gsrn(number):
    """A point's code with its check digit."""
    body = f"8591824{number:010d}"
    weighted = sum(
        int(digit) * (3 if place % 2 == 0 else 1)
        for place, digit in enumerate(reversed(body))
    )
    return f"{body}{-weighted % 10}"


def make_batch(codes, comment=b""):
    """A ZIP of a message for each point; a comment changes the ZIP's hash only."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        for number, code in enumerate(codes):
            archive.writestr(f"{number}.xml", make_message(number, code))
    return stream.getvalue()


def make_message(number, ean):
    if number % 10:
        head = HEAD.format(root="CDSIDIS", number=f"N{number}", code="125")
        return head + DUF.format(ean=ean, number=number) + "</CDSIDIS>"
    head = HEAD.format(root="CDSDATA", number=f"N{number}", code="121")
    start = datetime(2026, 1, 6, 23, tzinfo=UTC)
    values = []
    for slot in range(96):
        begin = start + timedelta(minutes=15 * slot)
        end = begin + timedelta(minutes=15)
        values.append(
            f'<ProfileData date-time-from="{begin.isoformat()}"'
            f' date-time-to="{end.isoformat()}" value="1.25" unit="KWH" status="W"/>'
        )
    day = date(2026, 1, 7).isoformat()
    return (
        f'{head}<Location ean="{ean}" date-from="{day}" date-to="{day}">'
        f'<Profile value-type="A12">{"".join(values)}</Profile></Location></CDSDATA>'
    )


def prepare(env, codes):
    """A network with the points; :return: the profile of the messages"""
    network = env["energy.network"].create(
        {
            "name": "Bench",
            "code": "BENCH",
            "partner_id": env["res.partner"].create({"name": "Bench"}).id,
            "tz": "Europe/Prague",
            "code_scheme": "gsrn",
        }
    )
    env["energy.metering.point"].with_context(tracking_disable=True).create(
        [{"code": code, "network_id": network.id} for code in codes]
    )
    profile = env["energy.table.profile"].create(
        {
            "name": "Bench",
            "kind": "market",
            "network_id": network.id,
            "timezone": "Europe/Prague",
            "create_meters": True,
        }
    )
    env.cr.commit()
    return profile
