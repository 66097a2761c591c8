"""Setting a period active: the figures of every agreement, in one statement.

``--size`` is the number of agreements (100,000 by default). Each has two invoiced
months behind it and a segment in the period that becomes active: ready, or with an
error or a warning. Then the month before becomes active, and then the first one again,
whose figures are written over those it has. Bill This Period then looks for who came
after the month's runs.
"""

import fixtures

SIZE = 100_000
SMALL = 20
DATABASE = True

TARGET_SECONDS = 5
TARGET_NEWCOMERS = 3
#: State and worst check of the segments of the last period, one after another.
STATES = (
    *[("ready", "ok")] * 16,
    ("ready", "warning"),
    ("ready", "waived"),
    ("error", "error"),
    ("incomplete", "error"),
)


def run(bench, size):
    with bench.environment() as env:
        fixture = fixtures.make(env, size)
        periods = fixture.period.cycle_id.period_ids.sorted("date_start")[:3]
        fixtures.make_segments(fixture, periods, STATES)
        last, before = periods[-1], periods[-2]
        for name, period in (
            ("first time", last),
            ("the month before", before),
            ("again", last),
        ):
            with bench.measure() as measure:
                period.action_activate()
                fixture.env.cr.commit()
            check(fixture, period, size)
            bench.record(
                f"active-period: {name}",
                "s",
                measure.seconds,
                target=TARGET_SECONDS,
                peak_mib=measure.peak_mib,
            )
            bench.record("active-period: of it CPU", "s", measure.all_cpu_seconds)
        fixtures.finish(fixture.env)
        with bench.measure() as measure:
            newcomers = last._get_newcomers()
        if newcomers:
            raise AssertionError(f"{len(newcomers)} newcomers where all are billed")
        bench.record(
            "active-period: newcomers looked for",
            "s",
            measure.seconds,
            target=TARGET_NEWCOMERS,
        )


def check(fixture, period, size):
    """The figures add up to the segments.

    :raises AssertionError: unless they do
    """
    cr = fixture.env.cr
    cr.execute(
        """
        SELECT count(*), sum(segment_count), sum(amount),
               sum(error_count + ready_count + frozen_count), min(billed_to),
               count(*) FILTER (WHERE worst_check = 'error')
          FROM billing_agreement_period WHERE period_id = %s
        """,
        [period.id],
    )
    figures = cr.fetchone()
    cr.execute(
        """
        SELECT count(DISTINCT agreement_id), count(*), sum(amount), count(*),
               (SELECT max(date_end) FROM billing_segment
                 WHERE state = 'frozen' AND company_id = %s),
               count(*) FILTER (WHERE worst_check = 'error')
          FROM billing_segment WHERE period_id = %s
        """,
        [fixture.company.id, period.id],
    )
    segments = cr.fetchone()
    if figures != segments or figures[0] != size:
        raise AssertionError(f"figures {figures}, segments {segments}")
