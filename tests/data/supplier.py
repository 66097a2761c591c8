"""A supplier on market messages: Czechia, in koruna.

Three household points on D02d, 3x25 A, with the data to bill of January
2026; the message of the first is not measured yet, the second was measured otherwise,
the third has so much energy that its bill is over the limit of a check. `supplier` is
a manager of the company.
"""

from datetime import date

from companies import find_company, make_company, make_user
from load_tariffs import Tariffs, read

from odoo.fields import Command

POINTS = {
    "859182400501380873": 310,
    "859182400501396331": 620,
    "859182400708995788": 3100,
}
DATA_TO_BILL = """<?xml version="1.0" encoding="UTF-8"?>
<CDSIDIS xmlns="http://www.ote-cr.cz/schema/idis" id="D-%(number)s" message-code="125"
 date-time="2026-02-01T08:00:00+01:00" dtd-version="1" dtd-release="1">
  <SenderIdentification id="8591824000007" coding-scheme="14" role="OTE"/>
  <ReceiverIdentification id="8591824556207" coding-scheme="14" role="SUP"/>
  <Location ean="%(ean)s" date-from="2026-01-01" date-to="2026-01-31" reason="periodic">
    <Meter id="8000000%(number)s" multiplier="1">
      <Register tariff="JT" value-from="1000" value-to="%(reading)s"
       quantity="%(quantity)s" unit="KWH" status="W"/>
    </Meter>
  </Location>
</CDSIDIS>
"""


def make(env):
    """Make the supplier, once. :return: its company"""
    if company := find_company(env, "supplier"):
        return company
    company = make_company(env, "Supplier", "cz", "CZK", "cz")
    make_user(company, "supplier", "billing_base.group_billing_manager")
    env = company.env
    tariff = Tariffs(env, company).load(read("cz"))["cz-d02d"]
    cycle = env["billing.cycle"].create({"name": "Floating", "code": "FLOAT"})
    cycle._generate_periods(date(2026, 1, 1), date(2026, 12, 31))
    cycle.period_ids[0].action_activate()
    agreement_type = env["billing.agreement.type"].create(
        {
            "name": "Floating Supply",
            "code": "FS",
            "cycle_id": cycle.id,
            "segment_type_id": env.ref("billing_base.segment_type_metered").id,
            "quantity_type_id": env.ref("energy_billing.quantity_type_energy").id,
            "billed_on": "order",
        }
    )
    _limit_total(env, company)
    points = _points(env, tariff, agreement_type)
    _messages(env, points)
    return company


def _limit_total(env, company):
    """A bill over the limit is an error here, and here alone."""
    check = env.ref("billing_base.check_total_over_limit")
    if not check.active:
        check.write({"active": True, "limit": 1_000_000_000})
    env["billing.check.limit"].create(
        {
            "check_id": check.id,
            "company_id": company.id,
            "level": "error",
            "limit": 10_000,
        }
    )


def _points(env, tariff, agreement_type):
    network = env["energy.network"].create(
        {
            "name": "Distribution CZ",
            "code": "CZ",
            "partner_id": env["res.partner"].create({"name": "Distribution CZ"}).id,
            "tz": "Europe/Prague",
            "code_scheme": "gsrn",
        }
    )
    points = env["energy.metering.point"].create(
        [
            {
                "code": code,
                "network_id": network.id,
                "breaker_phases": "3",
                "breaker_amps": 25,
            }
            for code in POINTS
        ]
    )
    profile = env["billing.profile"].create({"name": "Households"})
    for number, point in enumerate(points, 1):
        partner = env["res.partner"].create(
            {"name": f"Household {number}", "company_id": env.company.id}
        )
        env["billing.agreement"].create(
            {
                "code": f"H-{number}",
                "contract_id": env["contract.contract"]
                .create(
                    {
                        "name": f"Contract {number}",
                        "partner_id": partner.id,
                        "company_id": env.company.id,
                    }
                )
                .id,
                "account_id": env["billing.account"]
                .create(
                    {
                        "code": f"A-{number}",
                        "partner_id": partner.id,
                        "profile_id": profile.id,
                    }
                )
                .id,
                "type_id": agreement_type.id,
                "point_id": point.id,
                "date_start": date(2026, 1, 1),
                "term_ids": [
                    Command.create(
                        {"date_start": date(2026, 1, 1), "tariff_id": tariff.id}
                    )
                ],
            }
        )
    return points


def _messages(env, points):
    """The data to bill of January; the second point was measured otherwise."""
    profile = env["energy.table.profile"].create(
        {
            "name": "Market operator",
            "kind": "market",
            "network_id": points.network_id.id,
            "timezone": "Europe/Prague",
            "sender_code": "8591824000007",
            "receiver_code": "8591824556207",
            "create_meters": True,
            "measurement_rule": "manual",
        }
    )
    env["energy.usage"].create(
        {
            "point_id": points[1].id,
            "quantity_type_id": env.ref("energy_billing.quantity_type_energy").id,
            "date_start": date(2026, 1, 1),
            "date_end": date(2026, 1, 31),
            "value": 600,
        }
    )
    for number, (code, quantity) in enumerate(POINTS.items(), 1):
        content = DATA_TO_BILL % {
            "number": number,
            "ean": code,
            "reading": 1000 + quantity,
            "quantity": quantity,
        }
        message = env["energy.message"]._import_file(
            profile, f"duf-{number}.xml", content.encode()
        )
        assert message.state == "processed", message.first_finding
