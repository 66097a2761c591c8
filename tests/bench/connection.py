"""Grid work: cases on the kanban and the form, offers by mail, the register of a day.

``--size`` is the number of open cases (5,000 by default), each with three costs; a
tenth of them are offered. The register has ten times as many components, each with a
payer. The bounds of smaller sizes are those of the issue, too. Server time is that of
the calls that the client makes for a page, in one process.
"""

import logging
import socket
import threading
from datetime import date

from aiosmtpd.controller import Controller
from steps import measure_overview

from odoo.fields import Command
from odoo.tools import SQL

SIZE = 5_000
SMALL = 40
DATABASE = True
#: Seconds, from the issue.
SCREEN, REGISTER = 0.3, 5


class Mails:
    """A mail server of this machine that counts what it gets."""

    def __init__(self):
        self.count = 0
        self._lock = threading.Lock()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        with self._lock:
            self.count += 1
        return "250 OK"


def run(bench, size):
    with bench.environment() as env:
        env = _company(env)
        cases = _make_cases(env, size)
        env.cr.commit()
        _screens(bench, env, cases)
        measure_overview(bench, env, "grid")
        _offers(bench, env, cases[: max(size // 10, 5)])
        _register(bench, env, size * 10)


def _company(env):
    """A grid company of its own; the environment works in it."""
    company = env.ref("base.main_company")
    if not company.chart_template:
        env["account.chart.template"].try_loading(
            "generic_coa", company=company, install_demo=False
        )
    return env(context={"allowed_company_ids": company.ids, "tracking_disable": True})


def _make_cases(env, size):
    products = env["product.product"].create(
        [
            {"name": name, "type": "service", "taxes_id": [Command.clear()]}
            for name in ("Contribution", "Ordered work")
        ]
    )
    contribution, work = env["connection.charge.type"].create(
        [
            {
                "name": product.name,
                "code": product.name,
                "product_id": product.id,
                "is_outside_vat": True,
                "is_regulated": product == products[0],
            }
            for product in products
        ]
    )
    kind = env["connection.case.type"].create(
        {"name": "New", "code": "new", "contribution_type_id": contribution.id}
    )
    cable = env["connection.component"].create(
        {"name": "Cable", "code": "C", "method": "points", "total": 8}
    )
    customer = env["res.partner"].create(
        {"name": "Customer", "email": "customer@example.com"}
    )
    case = env["connection.case"].create(
        {
            "type_id": kind.id,
            "partner_id": customer.id,
            "street": "Storgata",
            "zip": "0155",
            "city": "Oslo",
            "date_start": date(2026, 1, 1),
            "capacity_kw": 63,
        }
    )
    env["connection.cost"].create(
        [
            {
                "case_id": case.id,
                "name": name,
                "estimate": estimate,
                "charge_type_id": charge.id,
                "component_id": component and component.id,
            }
            for name, estimate, charge, component in (
                ("Cable", 80000, contribution, cable),
                ("Crossing", 20000, contribution, None),
                ("Moving the meter", 4000, work, None),
            )
        ]
    )
    env.flush_all()
    _copy_case(env, case, customer, size)
    env.invalidate_all()
    return env["connection.case"].search([("name", "=like", "B%")])


def _copy_case(env, case, customer, size):
    """Copies of the case, each with a customer, costs and shares of its own.

    One of each was made by the ORM, the way a clerk makes it.
    """
    numbers = SQL("CROSS JOIN generate_series(1, %s) n", size)
    _copy(
        env,
        "res_partner",
        numbers,
        SQL("t.id = %s", customer.id),
        {
            "name": SQL("'Customer ' || n"),
            "complete_name": SQL("'Customer ' || n"),
            "email": SQL("'c' || n || '@example.com'"),
            "email_normalized": SQL("'c' || n || '@example.com'"),
        },
    )
    env.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id WHERE email LIKE 'c%%@%%'"
        " AND commercial_partner_id = %s AND id <> %s",
        (customer.id, customer.id),
    )
    _copy(
        env,
        "connection_case",
        SQL(
            "JOIN res_partner p ON p.name LIKE 'Customer %%'"
            " AND p.commercial_partner_id = p.id"
        ),
        SQL("t.id = %s", case.id),
        {
            "name": SQL("'B' || p.id"),
            "partner_id": SQL("p.id"),
            "payer_id": SQL("p.id"),
            "access_token": SQL("NULL"),
        },
    )
    for table in ("connection_cost", "connection_share"):
        _copy(
            env,
            table,
            SQL("JOIN connection_case k ON k.name LIKE 'B%%'"),
            SQL("t.case_id = %s", case.id),
            {"case_id": SQL("k.id")},
        )
    env.cr.execute("ANALYZE")


def _copy(env, table, join, where, values):
    """Copy rows of a table.

    :param SQL join: what makes many of each, the rows are ``t``
    :param values: ``{column: SQL}`` of what the copies have of their own
    """
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        " AND column_name <> 'id' AND is_generated = 'NEVER'",
        (table,),
    )
    columns = [column for (column,) in env.cr.fetchall()]
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s t %s WHERE %s",
            SQL.identifier(table),
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(
                values.get(column, SQL.identifier("t", column)) for column in columns
            ),
            SQL.identifier(table),
            join,
            where,
        )
    )


def _specification(env, view_type):
    """Fields of a view with those of its lists, as the client asks for them."""
    from lxml import etree

    Case = env["connection.case"]
    arch = Case.get_views([(False, view_type)])["views"][view_type]["arch"]

    def fields(node, model):
        found = {}
        for field in node.xpath("descendant::field"):
            if next(field.iterancestors("field"), None) is not (
                node if node.tag == "field" else None
            ):
                continue
            name = field.get("name")
            kind = model._fields[name]
            found[name] = {}
            if kind.type == "many2one":
                found[name] = {"fields": {"display_name": {}}}
            elif kind.type in ("one2many", "many2many"):
                inner = fields(field, env[kind.comodel_name])
                found[name] = {"fields": inner, "limit": 40}
        return found

    return fields(etree.fromstring(arch), Case)


def _best(bench, work, times=3):
    """Shortest time of some repetitions, each with an empty cache."""
    seconds = []
    for _time in range(times):
        with bench.measure() as measure:
            work()
        seconds.append(measure.seconds)
    return min(seconds)


def _screens(bench, env, cases):
    Case = env["connection.case"]
    kanban, form = (_specification(env, view) for view in ("kanban", "form"))

    def show_kanban():
        env.invalidate_all()
        groups = Case.web_read_group(
            [("state", "not in", ("settled", "declined"))],
            ["state"],
            ["__count", "amount:sum"],
            auto_unfold=True,
            unfold_read_specification=kanban,
            unfold_read_default_limit=40,
        )
        if not groups["length"]:
            raise AssertionError(groups)

    def show_form():
        env.invalidate_all()
        if len(cases[0].web_read(form)[0]["cost_ids"]) != 3:
            raise AssertionError("costs are missing")

    bench.record("kanban", "s", _best(bench, show_kanban), target=SCREEN)
    bench.record("form of a case", "s", _best(bench, show_form), target=SCREEN)


def _offers(bench, env, cases):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    mails = Mails()
    controller = Controller(mails, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        env["ir.mail_server"].create(
            {"name": "bench", "smtp_host": "127.0.0.1", "smtp_port": port}
        )
        with bench.measure() as click:
            cases.action_send_offers()
            env.cr.commit()
        with bench.measure() as job:
            for first in range(0, len(cases), 50):
                cases[first : first + 50]._job_send_offers()
                env.cr.commit()
        offers = cases.offer_ids
        if len(offers) != len(cases) or set(offers.mapped("state")) != {"sent"}:
            raise AssertionError("offers are missing")
        with bench.measure() as mail:
            env["mail.mail"].process_email_queue(batch_size=len(cases) * 3)
    finally:
        controller.stop()
    if mails.count < len(cases):
        raise AssertionError(f"{mails.count} mails of {len(cases)}")
    each = 1000 / len(cases)
    bench.record("the click for all offers", "s", click.seconds, target=2)
    bench.record(
        "an offer made, drawn, queued (CPU)",
        "ms",
        job.all_cpu_seconds * each,
        peak_mib=job.peak_mib,
    )
    bench.record("an offer, clock", "ms", job.seconds * each)
    bench.record("a mail handed over (CPU)", "ms", mail.all_cpu_seconds * each)


def _register(bench, env, size):
    env.cr.execute(
        """
        INSERT INTO connection_component
               (name, code, company_id, level, method, active, cost, total,
                date_completed, date_expiry)
        SELECT 'Part ' || n, 'P' || n, %(company)s, 'local', 'whole', TRUE, 90000, 0,
               DATE '2016-01-01' + n %% 3650, DATE '2026-01-01' + n %% 3650
          FROM generate_series(1, %(size)s) n;
        INSERT INTO connection_component_payer
               (component_id, company_id, partner_id, date, weight, contribution, paid)
        SELECT id, company_id, %(partner)s, date_completed, 1, cost, cost
          FROM connection_component WHERE code LIKE 'P%%';
        ANALYZE connection_component, connection_component_payer
        """,
        {
            "size": size,
            "company": env.company.id,
            "partner": env.company.partner_id.id,
        },
    )
    env.invalidate_all()
    day = date(2026, 1, 1)
    Register = env["connection.component.register"].with_context(register_day=day)
    names = ("code", "component_id", "partner_id", "date", "contribution", "paid")
    specification = {name: {} for name in names}
    with bench.measure() as page:
        rows = Register.web_search_read([], specification, limit=80)
    if rows["length"] < size * 0.9:
        raise AssertionError(rows["length"])
    bench.record("register: first page and count", "s", page.seconds, target=REGISTER)
    wizard = env["connection.register.day"].create({"day": day})
    with bench.measure() as sheet:
        env["ir.actions.report"]._render_xlsx(
            "energy_connection.register_xlsx", wizard.ids, {}
        )
    bench.record("register: Excel", "s", sheet.seconds, peak_mib=sheet.peak_mib)
