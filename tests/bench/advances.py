"""Advances of many agreements: planned from expected quantities, then recalculated.

``--size`` is the number of agreements (50,000 by default), billed once a year. Each
gets a plan with its expected energy, rated at the prices of the year, and twelve
instalments; then a price changes, and what is left of all plans is recalculated:
previewed and written.
"""

from datetime import date

import fixtures

SIZE = 50_000
SMALL = 20
DATABASE = True

TARGET_SECONDS = 120
YEAR = date(2026, 1, 1), date(2026, 12, 31)


def run(bench, size):
    with bench.environment() as env:
        fixture = fixtures.make(env, size, code="V")
        agreements = _make_yearly(fixture)
        energy = fixture.tariff.item_ids.quantity_type_id.filtered(
            lambda kind: kind.kind == "flow"
        )[:1]
        with bench.measure() as measure:
            # as plans of a selection of agreements are made
            plans = fixture.env["billing.advance.plan"]._insert(agreements, *YEAR)
            fixture.env["billing.advance.quantity"]._insert(
                [(plan.id, energy.id, 1000 + plan.id % 5000) for plan in plans]
            )
            plans.action_estimate()
            fixture.env.cr.commit()
        planned = measure
        _check(fixture, size)
        plans.write({"state": "active"})
        fixture.tariff.item_ids.price_ids.filtered(
            lambda price: price.item_id.quantity_type_id == energy
        )[:1].price *= 1.1
        fixtures.finish(fixture.env)
        with bench.measure() as measure:
            wizard = fixture.env["billing.advance.recalculation"].create(
                {"plan_ids": [(6, 0, plans.ids)]}
            )
            wizard.action_preview()
            wizard.action_apply()
            fixture.env.cr.commit()
        _check(fixture, size)
        for name, found in (("planned", planned), ("recalculated", measure)):
            bench.record(
                f"advances: {size:,} {name}",
                "s",
                found.seconds,
                peak_mib=found.peak_mib,
            )
            bench.record("advances: of it CPU", "s", found.all_cpu_seconds)
        bench.record(
            "advances: both",
            "s",
            planned.seconds + measure.seconds,
            target=TARGET_SECONDS,
        )


def _make_yearly(fixture):
    """The agreements are billed by the year, and may pay in advance."""
    env = fixture.env
    cycle = env["billing.cycle"].create(
        {"name": "Yearly", "code": "YEAR", "period_length": 12, "months_ahead": 0}
    )
    cycle._generate_periods(*YEAR)
    agreements = env["billing.agreement"].browse(fixture.agreements)
    agreements[:1].type_id.write(
        {
            "cycle_id": cycle.id,
            "advance_product_id": fixture.tariff.item_ids.product_id[:1].id,
        }
    )
    fixtures.finish(env)
    return agreements


def _check(fixture, size):
    """Each agreement has its twelve instalments near what it is expected to cost.

    :raises AssertionError: unless it has
    """
    fixture.env.cr.execute(
        """
        SELECT count(*), min(n), max(n), max(abs(total - expected_amount))
          FROM (SELECT p.id, p.expected_amount, count(*) AS n, sum(a.amount) AS total
                  FROM billing_advance_plan p
                  JOIN billing_advance a ON a.plan_id = p.id
                 WHERE p.company_id = %s AND a.state = 'planned'
              GROUP BY p.id) x
        """,
        [fixture.company.id],
    )
    count, least, most, away = fixture.env.cr.fetchone()
    if (count, least, most) != (size, 12, 12) or away > 6:
        raise AssertionError((count, least, most, away))
