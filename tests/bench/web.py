"""Web: server time of the screens used most, with many agreements and segments.

``--size`` is the number of agreements (100,000 by default), with ten segments each:
ten months, nine of them invoiced, the last one active with errors, warnings and what
is ready. The month before has a posted invoice of each customer, nineteen of twenty
of them paid, the others overdue. A screen is what the client asks for when it is
opened: views, first page and count, or the record of a form. It is opened once for
the caches of the registry, then three times; the median counts.

A customer's chart is that of the portal: a year of quarter hours by months beside the
year before, and by days; its page with all around it is part of ``portal_users``.
"""

import statistics
from datetime import timedelta

import fixtures

SIZE = 100_000
SMALL = 20
DATABASE = True

MONTHS = 10
REPEAT = 3
TARGET_MEDIAN = 300
TARGET_WORST = 1000
TARGET_CHART = 500
#: State and worst check of the segments of the last period, one after another.
STATES = (
    *[("ready", "ok")] * 16,
    ("ready", "warning"),
    ("ready", "waived"),
    ("error", "error"),
    ("incomplete", "error"),
)
#: The lists of a day's work, by the window action of their menu.
LISTS = (
    "billing_base.billing_period_active_action",
    "billing_base.billing_segment_month_action",
    "billing_base.billing_agreement_period_action",
    "billing_base.billing_agreement_action",
    "billing_base.billing_account_action",
    "billing_base.billing_charge_action",
    "billing_base.billing_check_result_action",
    "billing_base.account_move_action",
    "billing_base.billing_delivery_action",
    "billing_base.billing_debt_action",
    "billing_base.billing_run_action",
    "billing_base.billing_tariff_item_action",
    "account.res_partner_action_customer",
    "energy_billing.energy_metering_point_action",
    "energy_billing.energy_message_action",
)


def run(bench, size):
    with bench.environment() as env:
        fixture = fixtures.make(env, size)
        periods = fixture.period.cycle_id.period_ids.sorted("date_start")[:MONTHS]
        invoices = fixtures.make_invoices(
            fixture, periods[-2].date_end + timedelta(days=5), unpaid_every=20
        )
        fixtures.make_segments(fixture, periods, STATES, invoices=invoices)
        for period in periods:
            period.action_activate()
        fixtures.finish(fixture.env)
        measure(bench, fixture, periods[-1])
        measure_chart(bench, fixture)


def measure(bench, fixture, period):
    """Open each screen and record its time.

    :raises AssertionError: where a screen is empty that must not be
    """
    from odoo.addons.billing_base.tests.crawl import Screen

    env = fixture.env
    agreement = env["billing.agreement"].browse(fixture.agreements[7])
    segment = agreement.segment_ids.filtered(lambda s: s.period_id == period)
    point = env["energy.metering.point"].browse(fixture.points[7])
    screens = [
        ("overview", lambda: env["billing.cockpit"].get_overview({})),
        *((xmlid, _list(Screen, env, xmlid)) for xmlid in LISTS),
        *(
            (f"form of {record._name}", _form(Screen, env, xmlid, record))
            for xmlid, record in (
                ("billing_base.billing_agreement_action", agreement),
                ("billing_base.billing_segment_action", segment),
                ("energy_billing.energy_metering_point_action", point),
                ("account.res_partner_action_customer", agreement.partner_id),
            )
        ),
    ]
    overview = env["billing.cockpit"].get_overview({})
    if overview["compare"][0]["value"] != len(fixture.agreements):
        raise AssertionError(f"overview: {overview['compare']}")
    figures = []
    for name, function in screens:
        milliseconds = _time(bench, env, function)
        figures.append(milliseconds)
        bench.record(
            f"web: {name.rpartition('.')[2][:40]}",
            "ms",
            milliseconds,
            target=TARGET_WORST,
        )
    bench.record("web: median", "ms", statistics.median(figures), target=TARGET_MEDIAN)
    bench.record("web: slowest", "ms", max(figures), target=TARGET_WORST)
    work = _list(Screen, env, "energy_billing.energy_billing_work_action")
    bench.record(
        "web: points to bill, all of them due",
        "ms",
        _time(bench, env, work),
        target=TARGET_WORST,
    )
    # asked for after the page is there
    later = _time(bench, env, lambda: env["billing.cockpit"].get_slow_steps({}))
    bench.record("web: points of the overview, after it", "ms", later)


def measure_chart(bench, fixture):
    """The portal's chart of a point with a year of quarter hours.

    :raises AssertionError: where it does not show all of the year
    """
    env = fixture.env(su=True)
    agreement = env["billing.agreement"].browse(fixture.agreements[8])
    env.cr.execute(
        "UPDATE energy_metering_point SET measurement = 'interval' WHERE id = %s",
        [agreement.point_id.id],
    )
    fixtures.make_year(env, agreement.point_id.ids, 2026)
    fixtures.finish(env)
    Consumption = env["energy.consumption"]

    def open_chart(step):
        spans = Consumption._get_spans(agreement.partner_id, fixture.company)
        points = agreement.point_id.union(*spans)
        types = Consumption._get_types(points)
        last = Consumption._get_last_day(points)
        return Consumption._prepare_chart(spans, types[:1], step, last, compare=True)

    rows = open_chart("month")["rows"]
    if len(rows) != 12 or not all(row["value"] for row in rows):
        raise AssertionError(f"chart: {rows}")
    for step in ("month", "day"):
        bench.record(
            f"web: portal chart by {step}",
            "ms",
            _time(bench, env, lambda step=step: open_chart(step)),
            target=TARGET_CHART,
        )


def _list(Screen, env, xmlid):
    action = env.ref(xmlid)

    def open_list():
        screen = Screen(env, action)
        archs = screen.load_views()
        first = next(iter(archs))
        return screen.load(first, archs[first])

    return open_list


def _form(Screen, env, xmlid, record):
    action = env.ref(xmlid)

    def open_form():
        screen = Screen(env, action)
        screen.load_views()
        return screen.form(record)

    return open_form


def _time(bench, env, function):
    """Milliseconds of the server, the median of some calls after a first one."""
    function()
    found = []
    for _repeat in range(REPEAT):
        env.invalidate_all()
        with bench.measure() as measured:
            function()
        found.append(1000 * measured.seconds)
        env.cr.rollback()
    return statistics.median(found)
