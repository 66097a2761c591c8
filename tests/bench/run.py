"""A billing run from nothing to posted invoices, beside OCA contract's invoicing.

``--size`` is the number of agreements (10,000 by default), each of one metering point
and on an invoice of five lines. First a run over so many, then one over twice as many:
time grows with the number, not faster. Pieces are done one after another in this one
process, each committed, as one worker of the job runner does.

OCA contract invoices and posts a sample of at most 200 contracts with as many lines,
which is set against the same number of our invoices. It rates nothing: no quantities,
price versions, proration, explanation or checks.
"""

import fixtures
import steps

SIZE = 10_000
SMALL = 20
DATABASE = True

SAMPLE = 200
TARGET_RATIO = 4
TARGET_GROWTH = 2.1


def run(bench, size):
    with bench.environment() as env:
        fixture = fixtures.make(env, 3 * size)
        sample = min(size, SAMPLE)
        contracts = fixtures.make_contracts(fixture, sample)
        theirs, _moves = steps.invoice_contracts(bench, contracts)
        first = bill(bench, fixture, 0, size)
        ours = steps.total(first.values(), "seconds")
        for step, measure in first.items():
            bench.record(
                f"run: {step}",
                "ms each",
                1000 * measure.seconds / size,
                peak_mib=measure.peak_mib,
            )
        bench.record(
            f"run: {size:,} agreements, posted",
            "s",
            ours,
            peer=theirs.seconds / sample * size,
            target=TARGET_RATIO,
            peak_mib=max(measure.peak_mib for measure in first.values()),
        )
        bench.record(
            "run: the same, CPU with database",
            "s",
            steps.total(first.values(), "all_cpu_seconds"),
            peer=theirs.all_cpu_seconds / sample * size,
            target=TARGET_RATIO,
        )
        second = bill(bench, fixture, size, 3 * size)
        for name, unit in (("seconds", "clock"), ("all_cpu_seconds", "CPU")):
            bench.record(
                f"run: {2 * size:,} agreements, {unit}",
                "times",
                steps.total(second.values(), name) / steps.total(first.values(), name),
                target=TARGET_GROWTH,
            )


def bill(bench, fixture, first, last):
    """Bill the agreements from one number to before another.

    :return: ``{step: Measure}``
    """
    billing_run = fixture.env["billing.run"].create(
        {
            "period_id": fixture.period.id,
            "last_step": "post",
            "agreement_domain": repr(
                [
                    ("code", ">=", fixtures.agreement_code(first)),
                    ("code", "<", fixtures.agreement_code(last)),
                ]
            ),
        }
    )
    measures = steps.run_steps(bench, billing_run)
    steps.check_billed(billing_run, last - first)
    fixture.env.cr.commit()
    fixture.env.invalidate_all()
    return measures
