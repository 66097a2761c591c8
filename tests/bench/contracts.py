"""Contracts: a distributor's confirmation of many points becomes customers.

``--size`` is the number of rows of the confirmation (20,000 by default), one customer
of one point each; one row in forty leaves. The bounds of smaller sizes are in
proportion.
"""

import fixtures

SIZE = 20_000
SMALL = 40
DATABASE = True
#: Seconds for 20,000 points, from the issue; CPU, for machines that are shared.
PREVIEW, WRITE = 30, 180
POINTS = 20_000
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
        env = fixtures.make(env, leavers).env
        onboarding = _onboarding(env, size, leavers)
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
