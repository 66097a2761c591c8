"""Contracts: a distributor's confirmation of many points becomes customers; the
terms of many agreements change in one go; a customer of many points is opened.

``--size`` is the number of rows of the confirmation (20,000 by default), one customer
of one point each; one row in forty leaves. As many agreements change their tariff.
The bounds of smaller sizes are in proportion. The customer whose form is opened has
500 points with a year of segments and a posted invoice each; it is opened once for the
caches of the registry, then three times, and the median counts.
"""

import dataclasses
import statistics
from datetime import date

import fixtures

SIZE = 20_000
SMALL = 40
DATABASE = True
#: Seconds for 20,000 points, from the issue; CPU, for machines that are shared.
PREVIEW, WRITE = 30, 180
POINTS = 20_000
#: Seconds for another tariff of 50,000 agreements, from the issue; CPU.
CHANGE, CHANGED = 60, 50_000
#: Milliseconds of the server, CPU, for the form of a customer of so many points.
FORM, FORM_POINTS = 500, 500
HEAD = "Point;Status;Customer;Number;Street;City;kW;From;To"
PROFILE = {
    "name": "Confirmation",
    "kind": "confirmations",
    "columns": {
        "point": "Point",
        "status": "Status",
        "customer": "Customer",
        "company_number": "Number",
        "street": "Street",
        "city": "City",
        "capacity": "kW",
        "date_from": "From",
        "date_to": "To",
    },
    "statuses": {name: name for name in ("new", "leaving")},
}


def run(bench, size):
    with bench.environment() as env:
        leavers = max(size // 40, 1)
        fixture = fixtures.make(env, size)
        env = fixture.env
        onboarding = _onboarding(env, size, leavers)
        _change_terms(bench, fixture)
        share = size / POINTS
        with bench.measure() as preview:
            onboarding.action_preview()
            env.cr.commit()
        if onboarding.planned_count != size:
            raise AssertionError(onboarding.line_ids[:5].mapped("note"))
        bench.record(
            "confirmation previewed",
            "s",
            preview.all_cpu_seconds,
            target=max(PREVIEW * share, 1),
            peak_mib=preview.peak_mib,
        )
        with bench.measure() as write:
            for piece in onboarding._get_pieces():
                # each is a job of its own
                onboarding._job_write(piece.ids)
                env.cr.commit()
                env.invalidate_all()
        if onboarding.done_count != size:
            raise AssertionError(onboarding.line_ids.mapped("note")[:5])
        bench.record(
            "confirmation written",
            "s",
            write.all_cpu_seconds,
            target=max(WRITE * share, 5),
            peak_mib=write.peak_mib,
        )
        with bench.measure() as again:
            onboarding.action_preview()
        bench.record("previewed again, nothing to do", "s", again.all_cpu_seconds)
        env.cr.commit()
        _open_customer(bench, fixture)


def _change_terms(bench, fixture):
    """Another tariff from next year on for all agreements, and the letters."""
    env, tariff, size = fixture.env, fixture.tariff, len(fixture.agreements)
    new = tariff._copy_tree(
        "Next year",
        "NEXT",
        {
            price: price._prepare_version(date(2027, 1, 1), 5, 6)
            for price in tariff._get_versions_to_change(date(2027, 1, 1))
        },
    )
    change = env["billing.terms.change"].create(
        {
            "name": "Next year",
            "kind": "tariff",
            "tariff_id": new.id,
            "date_start": "2027-01-01",
            "told_on": "2026-10-01",
        }
    )
    env.cr.commit()
    with bench.measure() as work:
        change.action_preview()
        change.action_apply()
        env.cr.commit()
    if change.ready_count != size:
        raise AssertionError(change.refused_count)
    bench.record(
        "terms changed in bulk",
        "s",
        work.all_cpu_seconds,
        target=max(CHANGE * size / CHANGED, 1),
        peak_mib=work.peak_mib,
    )
    with bench.measure() as letters:
        change.action_make_letters()
        env.cr.commit()
    bench.record("letters planned", "s", letters.all_cpu_seconds)


def _open_customer(bench, fixture):
    """The form of a customer who has many points."""
    from odoo.addons.billing_base.tests.crawl import Screen

    env = fixture.env
    customer = _give_to_first(fixture)
    action = env.ref("account.res_partner_action_customer")
    found = []
    for _repeat in range(4):
        env.invalidate_all()
        with bench.measure() as opened:
            screen = Screen(env, action)
            screen.load_views()
            (values,) = screen.form(customer)
        found.append(1000 * opened.all_cpu_seconds)
        env.cr.rollback()
    points = min(FORM_POINTS, len(fixture.agreements))
    if values["energy_point_count"] != points:
        raise AssertionError(values["energy_point_count"])
    bench.record(
        f"form of a customer of {points} points",
        "ms",
        statistics.median(found[1:]),
        target=FORM,
    )


def _give_to_first(fixture):
    """The first agreements, with a year billed, all belong to the first customer."""
    from odoo.tools import SQL

    own = dataclasses.replace(fixture, agreements=fixture.agreements[:FORM_POINTS])
    env = own.env
    agreements = env["billing.agreement"].browse(own.agreements)
    customer = agreements[0].partner_id
    for records, column in (
        (agreements.account_id, "commercial_partner_id"),
        (agreements.contract_id, "commercial_partner_id"),
        (agreements, "partner_id"),
    ):
        env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = ANY(%s)",
                SQL.identifier(records._table),
                SQL.identifier(column),
                customer.id,
                records.ids,
            )
        )
    env.invalidate_all()
    periods = own.period.cycle_id.period_ids.sorted("date_start")[:12]
    invoices = fixtures.make_invoices(own, date(2026, 12, 1), unpaid_every=5)
    fixtures.make_segments(own, periods, [("ready", "ok")], invoices=invoices)
    return customer


def _onboarding(env, size, leavers):
    """A confirmation that is imported; its customers are new but for the leavers."""
    agreement = env["billing.agreement"].search([], limit=1)
    network = agreement.point_id.network_id or env["energy.network"].create(
        {
            "name": "North",
            "code": "NORTH",
            "partner_id": env["res.partner"].create({"name": "North"}).id,
        }
    )
    Profile = env["energy.table.profile"]
    profile = Profile.create(
        Profile._prepare_from_dict(PROFILE) | {"network_id": network.id}
    )
    env["energy.onboarding.template"].create(
        {
            "name": "All",
            "network_id": network.id,
            "type_id": agreement.type_id.id,
            "tariff_id": agreement.term_ids.tariff_id.id,
            "profile_id": agreement.account_id.profile_id.id,
        }
    )
    rows = [
        f"{fixtures.code_of(n)};leaving;;;;;;;2026-01-31" for n in range(leavers)
    ] + [
        f"{fixtures.code_of(n)};new;Customer {n};{n:09d};Street {n};Town;{n % 40 + 3};"
        "2026-02-01;"
        for n in range(1_000_000, 1_000_000 + size - leavers)
    ]
    message = env["energy.message"]._import_file(
        profile, "confirmation.csv", "\n".join([HEAD, *rows, ""]).encode()
    )
    env.cr.commit()
    return env["energy.onboarding"].create({"message_id": message.id})
