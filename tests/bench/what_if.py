"""What-if: a billed period rated again with other prices, nothing posted.

``--size`` is the number of agreements (100,000 by default), each with a segment of six
lines. Their segments are made by copying one that was generated; the quantities differ.
The whole calculation is measured: reading the snapshots, rating, storing the results.
"""

import json
import random

import fixtures

SIZE = 100_000
SMALL = 50
DATABASE = True

TARGET_SECONDS = 60
TARGET_MIB = 1024


def run(bench, size):
    with bench.environment() as env:
        fixture = fixtures.make(env, size)
        make_segments(fixture, size)
        what_if = fixture.env["billing.what.if"].create(
            {
                "name": "Bench",
                "period_id": fixture.period.id,
                "change_ids": [(0, 0, {"tariff_id": fixture.tariff.id, "percent": 3})],
            }
        )
        env.cr.commit()
        with bench.measure() as measure:
            what_if._reset()
            what_if._calculate()
            fixture.env.flush_all()
            env.cr.commit()
        if (what_if.line_count, what_if.problem_count) != (size, 0):
            raise AssertionError(
                f"{size} agreements, but {what_if.line_count} compared, "
                f"{what_if.problem_count} problems"
            )
        if not what_if.new_amount > what_if.amount > 0:
            raise AssertionError(f"{what_if.amount} to {what_if.new_amount}")
        bench.record(
            f"what-if: {size:,} agreements",
            "s",
            measure.seconds,
            target=TARGET_SECONDS,
            peak_mib=measure.peak_mib,
        )
        bench.record(
            "what-if: CPU with database",
            "s",
            measure.all_cpu_seconds,
            target=TARGET_SECONDS,
        )
        bench.record("what-if: memory", "MiB", measure.peak_mib, target=TARGET_MIB)


def make_segments(fixture, size):
    """A ready segment with its lines for each agreement, as generating makes them."""
    env = fixture.env
    first = env["billing.agreement"].browse(fixture.agreements[0])
    segment = env["billing.generator"]._generate(first, fixture.period)
    if segment.state != "ready":
        raise AssertionError(f"segment {segment.state}: {segment.finding}")
    env.flush_all()
    dice = random.Random(19)
    snapshot = segment.snapshot
    usages = [310] + [dice.choice(fixtures.USAGES) / 1000 for _ in range(1, size)]

    def snapshot_of(number):
        for quantity in snapshot["quantities"]:
            if quantity["code"] == "energy":
                quantity["value"] = str(usages[number])
        return json.dumps(snapshot)

    env.cr.execute(
        "SELECT id, partner_id, account_id, contract_id FROM ("
        " SELECT a.id, a.partner_id, a.account_id, a.contract_id"
        "   FROM billing_agreement a WHERE a.id = ANY(%s)) found ORDER BY id",
        (list(fixture.agreements),),
    )
    owners = env.cr.fetchall()
    copier = fixtures.Copier(env.cr)
    lines = segment.line_ids.sorted("id")
    # a frozen period is what is compared in practice; ready segments cost the same
    segments = copier.copy(
        segment,
        size,
        agreement_id=lambda n: owners[n][0],
        partner_id=lambda n: owners[n][1],
        account_id=lambda n: owners[n][2],
        contract_id=lambda n: owners[n][3],
        snapshot=snapshot_of,
    )
    env.cr.execute(
        "INSERT INTO billing_segment_line (segment_id, company_id, currency_id,"
        " sequence, item_id, price_id, product_id, name, date_start, date_end,"
        " quantity, uom_id, unit_price, factor, amount)"
        " SELECT s.id, l.company_id, l.currency_id, l.sequence, l.item_id, l.price_id,"
        " l.product_id, l.name, l.date_start, l.date_end, l.quantity, l.uom_id,"
        " l.unit_price, l.factor, l.amount"
        "  FROM billing_segment s, billing_segment_line l"
        " WHERE l.id = ANY(%s) AND s.id > %s AND s.id <= %s",
        (lines.ids, segments[0], segments[-1]),
    )
    fixtures.finish(env)
