"""What several benchmarks measure alike: steps of a run, OCA's invoices, overviews."""

import statistics

import fixtures

#: Milliseconds until an overview is there, from the issue.
OVERVIEW = 1000
REPEAT = 3


def run_steps(bench, billing_run):
    """Do a billing.run piece by piece, committing each, as the job runner does.

    Planning the pieces of a step belongs to the step before.

    :return: ``{step: Measure}``
    :raises AssertionError: unless every piece succeeds
    """
    measures = {}
    commit = billing_run.env.cr.commit
    billing_run._advance()
    commit()
    while pieces := billing_run.piece_ids.filtered(lambda p: p.state == "pending"):
        with bench.measure() as measures[pieces[0].step]:
            for piece in pieces.sorted("number"):
                piece._run()
                commit()
            billing_run._advance()
            commit()
    if billing_run.state != "done":
        raise AssertionError(
            f"run {billing_run.state}: {billing_run.error_ids.mapped('message')}"
        )
    return measures


def total(measures, name):
    """Sum of a figure over measures."""
    return sum(getattr(measure, name) for measure in measures)


def invoice_contracts(bench, contracts):
    """Create and post the invoices of contracts the way OCA contract does.

    :return: ``(Measure, account.move)``
    """
    env = contracts.env
    ours = [("line_ids.contract_line_id.contract_id", "in", contracts.ids)]
    with bench.measure() as measure:
        env["contract.contract"].cron_recurring_create_invoice(fixtures.DUE)
        made = env["account.move"].search(ours)
        made.action_post()
        env.cr.commit()
    lines = made.invoice_line_ids
    if len(made) != len(contracts) or len(lines) != 5 * len(made):
        raise AssertionError(f"{len(contracts)} contracts, {made}, {len(lines)} lines")
    return measure, made


def check_billed(billing_run, count):
    """Every agreement of the run is on a posted invoice of five lines.

    :return: the account.move
    """
    moves = (
        billing_run.env["billing.segment"]
        .search(billing_run._get_segment_domain())
        .invoice_id
    )
    lines = moves.invoice_line_ids
    found = len(moves), set(moves.mapped("state")), len(lines)
    if found != (count, {"posted"}, 5 * count):
        raise AssertionError(f"{count} agreements, but {found}")
    return moves


def measure_overview(bench, env, business, period=None):
    """Record the overview of a business, and what it counts after it is shown.

    :raises AssertionError: where the business has nothing to show
    """
    cockpit = env["billing.cockpit"]
    options = {"business": business, "period_id": period and period.id}
    for name, read, target in (
        ("overview", cockpit.get_overview, OVERVIEW),
        ("counted after it is shown", cockpit.get_slow_steps, None),
    ):
        # the first call fills caches of the registry
        found = read(options)
        if name == "overview" and not found["lanes"]:
            raise AssertionError(f"no lane of {business}")
        times = []
        for _repeat in range(REPEAT):
            env.invalidate_all()
            with bench.measure() as measure:
                read(options)
            times.append(1000 * measure.seconds)
        bench.record(
            f"{business}: {name}", "ms", statistics.median(times), target=target
        )
