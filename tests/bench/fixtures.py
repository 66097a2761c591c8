"""Large fixtures for the benchmarks and crash tests, written by COPY.

One record of each kind is made by the ORM, the way a clerk would make it; the others
are copies of its row in which a few columns are replaced. A hundred thousand
agreements with all that belongs to them take some twenty seconds. The same call makes
the same figures in every run.
"""

import io
import random
from dataclasses import dataclass
from datetime import date

PERIOD = date(2026, 1, 1), date(2026, 1, 31)
#: The energy price changes on this day.
CHANGE = date(2026, 1, 16)
PRICES = (0.11234, 0.12345)
#: OCA's contracts are due the day after the period.
DUE = date(2026, 2, 1)
#: Contracted kW and used kWh are drawn from these.
CAPACITIES = range(3, 60)
USAGES = range(50_000, 2_500_000)  # thousandths


@dataclass(frozen=True)
class Fixture:
    """What the generator made.

    :param env: environment of an ordinary billing administrator of the company
    :param period: the billing.period of January 2026, not active
    :param agreements: ids of the agreements, in a row
    :param points: ids of their metering points
    """

    env: object
    company: object
    period: object
    tariff: object
    profile: object
    agreements: range
    points: range


def make(env, count, *, measurement="register", line_detail="charge", code="B"):
    """A company with ``count`` customers of one metering point each.

    Their tariff has five charges: energy and network by kWh, capacity, a fee and a
    levy of 6.5 % of these. Energy changes its price inside the month, so a segment
    has six lines.

    :param measurement: "register": the January usage of each point is there;
        "interval": it is imported by the caller
    :param line_detail: of the profile; "charge" makes invoices of five lines
    :return: :class:`Fixture`; all of it committed and analyzed
    """
    env = _company(env, code)
    period, agreement = _pattern(env, measurement, line_detail)
    env.flush_all()
    agreements, points = _copy_all(env, agreement, count, measurement)
    fixture = Fixture(
        env=env,
        company=env.company,
        period=period,
        tariff=agreement.term_ids.tariff_id,
        profile=agreement.account_id.profile_id,
        agreements=agreements,
        points=points,
    )
    finish(env)
    return fixture


def take_e_invoices(fixture):
    """Every customer gets his invoices as BIS 3 documents too."""
    env = fixture.env
    fixture.profile.e_invoice = True
    env.flush_all()
    env.cr.execute(
        "UPDATE res_partner SET country_id = %s, city = 'Sofia', zip = '1000',"
        " street = 'ul. Rakovski 2', vat = 'BG175074752', peppol_eas = '9926',"
        " peppol_endpoint = 'BG175074752'"
        " WHERE id IN (SELECT partner_id FROM billing_account)",
        [env.ref("base.bg").id],
    )
    finish(env)


def finish(env):
    """Commit, and let the planner know what is there."""
    env.invalidate_all()
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()


def code_of(number):
    """Code of the metering point of a number, as in the files of ``intervals``."""
    return f"BG{number:014d}"


def agreement_code(number):
    """Code of the agreement of a number; sorts like the numbers."""
    return f"A-{number:07d}"


# === Copies of rows ===


class Copier:
    """Writes many copies of a row in which some columns differ."""

    def __init__(self, cr):
        self.cr = cr

    def copy(self, record, count, **columns):
        """Make the record's row ``count`` rows, itself the first of them.

        :param columns: functions of a number from 0 on; what they return takes the
            place of the pattern's value from the second row on
        :return: range of the ids, contiguous: the record's own and what follows
        """
        table = record._table
        names, values = self._pattern(table, record.id)
        self.cr.execute(f"SELECT pg_get_serial_sequence('{table}', 'id')")
        (sequence,) = self.cr.fetchone()
        # the record's id must be the last one given, so that ids are in a row
        self.cr.execute(f"SELECT max(id) FROM {table}")
        if self.cr.fetchone() != (record.id,):
            raise ValueError(f"{table} has rows after {record}")
        ids = range(record.id, record.id + count)
        places = {name: names.index(name) for name in columns}
        text = io.StringIO()
        for number in range(1, count):
            for name, function in columns.items():
                values[places[name]] = _text(function(number))
            values[0] = str(ids[number])
            text.write("\t".join(values))
            text.write("\n")
        text.seek(0)
        listed = ", ".join(f'"{name}"' for name in names)
        # checks of foreign keys may be planned for a table of a few rows
        self.cr.execute("DISCARD PLANS")
        self.cr.copy_expert(f"COPY {table} ({listed}) FROM STDIN", text)
        self.cr.execute("SELECT setval(%s, %s)", (sequence, ids[-1]))
        # checks of foreign keys were planned while the table had a row
        self.cr.execute(f"ANALYZE {table}")
        return ids

    def copy_children(self, table, record, parents, parent, **columns):
        """Copies of the rows of ``record`` in ``table`` for the other parents.

        :param parents: range of ids, the record's own the first of them
        :param parent: name of the column that holds the parent
        :param columns: SQL in terms of the child's row ``c`` and the new parent's ``p``
        """
        self.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND is_generated = 'NEVER' AND column_name <> 'id'",
            (table,),
        )
        names = [name for (name,) in self.cr.fetchall()]
        values = {parent: "p.id", **columns}
        listed = ", ".join(f'"{name}"' for name in names)
        selected = ", ".join(values.get(name, f'c."{name}"') for name in names)
        self.cr.execute(
            f"INSERT INTO {table} ({listed}) SELECT {selected}"
            f"  FROM {table} c JOIN {record._table} p ON p.id > %s AND p.id <= %s"
            f" WHERE c.{parent} = %s ORDER BY p.id, c.id",
            (record.id, parents[-1], record.id),
        )
        self.cr.execute(f"ANALYZE {table}")

    def _pattern(self, table, record_id):
        """Column names, ``id`` first, and their values as COPY writes them."""
        self.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND is_generated = 'NEVER'"
            " ORDER BY column_name <> 'id', ordinal_position",
            (table,),
        )
        names = [name for (name,) in self.cr.fetchall()]
        listed = ", ".join(f'"{name}"' for name in names)
        out = io.StringIO()
        self.cr.copy_expert(
            f"COPY (SELECT {listed} FROM {table} WHERE id = {record_id}) TO STDOUT", out
        )
        return names, out.getvalue().rstrip("\n").split("\t")


def _text(value):
    """A value as COPY reads it; texts here hold no tabs and no backslashes."""
    return "\\N" if value is None else str(value)


# === One of each, by the ORM ===


def _company(env, code):
    """Environment of a new company with a chart of accounts and its administrator."""
    from odoo.fields import Command

    # without this, Odoo would install the country's localisation here and now
    quiet = env["res.company"].with_context(chart_template_load=True)
    company = quiet.create(
        {
            "name": f"Bench {code}",
            "country_id": env.ref("base.bg").id,
            "currency_id": env.ref("base.EUR").id,
            "street": "ul. Rakovski 1",
            "city": "Sofia",
            "zip": "1000",
            "vat": "BG123456786",
        }
    )
    env.ref("base.EUR").active = True
    env["account.chart.template"].try_loading(
        "generic_coa", company=company, install_demo=False
    )
    company.currency_id = env.ref("base.EUR")
    groups = (
        "billing_base.group_billing_admin",
        "base.group_partner_manager",
        "product.group_product_manager",
    )
    user = env["res.users"].create(
        {
            "name": f"Bench {code}",
            "login": f"bench_{code}",
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [Command.set([env.ref(group).id for group in groups])],
        }
    )
    return env(user=user.id, context={"allowed_company_ids": company.ids})


def _pattern(env, measurement, line_detail):
    """The first customer with all that belongs to him.

    :return: ``(billing.period, billing.agreement)``
    """
    from odoo.fields import Command

    tax = env["account.tax"].create(
        {"name": "VAT 20 %", "amount": 20, "type_tax_use": "sale"}
    )
    quiet = {"tracking_disable": True, "mail_create_nosubscribe": True}
    env = env(context=dict(env.context, **quiet))
    cycle = env["billing.cycle"].create({"name": "Monthly", "code": "BENCH"})
    cycle._generate_periods(PERIOD[0], date(2026, 12, 31))
    tariff = _tariff(env, tax)
    profile = env["billing.profile"].create(
        {"name": "Bench", "line_detail": line_detail}
    )
    energy = env.ref("energy_billing.quantity_type_energy")
    agreement_type = env["billing.agreement.type"].create(
        {
            "name": "Supply",
            "code": "BENCH",
            "cycle_id": cycle.id,
            "quantity_type_id": energy.id,
            "segment_type_id": env.ref("billing_base.segment_type_metered").id,
        }
    )
    partner = env["res.partner"].create(
        {
            "name": "Customer 0",
            "country_id": env.company.country_id.id,
            "street": "ul. Ivan Vazov 10",
            "city": "Plovdiv",
            "zip": "4000",
            "vat": "BG123456786",
            "company_id": env.company.id,
            "is_company": True,
        }
    )
    account = env["billing.account"].create(
        {"code": "ACC-0", "partner_id": partner.id, "profile_id": profile.id}
    )
    contract = env["contract.contract"].create(
        {"name": "C-0", "partner_id": partner.id, "company_id": env.company.id}
    )
    point = _point(env, measurement, energy)
    agreement = env["billing.agreement"].create(
        {
            "code": agreement_code(0),
            "contract_id": contract.id,
            "account_id": account.id,
            "type_id": agreement_type.id,
            "point_id": point.id,
            "date_start": PERIOD[0],
            "term_ids": [
                Command.create(
                    {
                        "date_start": PERIOD[0],
                        "tariff_id": tariff.id,
                        "value_ids": [
                            Command.create(
                                {
                                    "quantity_type_id": env.ref(
                                        "energy_billing.quantity_type_capacity"
                                    ).id,
                                    "value": 10,
                                }
                            )
                        ],
                    }
                )
            ],
        }
    )
    return cycle.period_ids[0], agreement


def _tariff(env, tax):
    """Energy, network, capacity, fee, levy; the energy price changes at CHANGE."""
    from odoo.fields import Command

    product = env["product.product"].create(
        {
            "name": "Electricity",
            "type": "service",
            "taxes_id": [Command.set(tax.ids)],
            "company_id": env.company.id,
        }
    )
    tariff = env["billing.tariff"].create({"name": "Bench", "code": "BENCH"})
    energy = env.ref("energy_billing.quantity_type_energy").id
    capacity = env.ref("energy_billing.quantity_type_capacity").id
    before = date(2026, 1, 15)
    items = env["billing.tariff.item"]
    for sequence, (name, basis, quantity, prices) in enumerate(
        (
            (
                "Energy",
                "unit",
                energy,
                [(PERIOD[0], before, PRICES[0]), (CHANGE, False, PRICES[1])],
            ),
            ("Network", "unit", energy, [(PERIOD[0], False, 0.04567)]),
            ("Capacity", "capacity", capacity, [(PERIOD[0], False, 1.35)]),
            ("Fee", "flat", False, [(PERIOD[0], False, 4.9)]),
            ("Levy", "percent", False, [(PERIOD[0], False, 6.5)]),
        ),
        start=1,
    ):
        items |= items.create(
            {
                "tariff_id": tariff.id,
                "name": name,
                "code": name.upper(),
                "sequence": 10 * sequence,
                "basis": basis,
                "product_id": product.id,
                "quantity_type_id": quantity,
                "time_unit": "month",
                "percent_of_ids": [Command.set(items.ids)]
                if basis == "percent"
                else False,
                "price_ids": [
                    Command.create(
                        {"date_start": start, "date_end": end, "price": price}
                    )
                    for start, end, price in prices
                ],
            }
        )
    return tariff


def _point(env, measurement, energy):
    """A metering point; with a meter and the January usage if it has registers."""
    from odoo.fields import Command

    network = env["energy.network"].create(
        {
            "name": "Bench",
            "code": "BENCH",
            "partner_id": env.company.partner_id.id,
            "tz": "Europe/Sofia",
        }
    )
    point = env["energy.metering.point"].create(
        {
            "code": code_of(0),
            "network_id": network.id,
            "measurement": measurement,
        }
    )
    if measurement != "register":
        return point
    meter = env["energy.meter"].create(
        {
            "code": "M0000000",
            "register_ids": [
                Command.create({"kind_id": env.ref("energy_billing.kind_180").id})
            ],
        }
    )
    env["energy.installation"].create(
        {"point_id": point.id, "meter_id": meter.id, "date_start": PERIOD[0]}
    )
    env["energy.usage"].create(
        {
            "point_id": point.id,
            "quantity_type_id": energy.id,
            "register_id": meter.register_ids.id,
            "meter_code": meter.code,
            "date_start": PERIOD[0],
            "date_end": PERIOD[1],
            "reading_from": 1000,
            "reading_to": 1310,
            "value": 310,
            "quality": "measured",
        }
    )
    return point


# === And the others ===


def _copy_all(env, agreement, count, measurement):
    """Copies of the agreement with its customer, contract, terms and point.

    :return: ranges of the ids of agreements and points
    """
    dice = random.Random(2026)
    capacities = [10, *(dice.choice(CAPACITIES) for _ in range(1, count))]
    usages = [310, *(dice.choice(USAGES) / 1000 for _ in range(1, count))]
    copier = Copier(env.cr)
    account, contract = agreement.account_id, agreement.contract_id
    term, point = agreement.term_ids, agreement.point_id
    partners = _copy_partners(copier, account.partner_id, count)
    accounts = copier.copy(
        account,
        count,
        code=lambda n: f"ACC-{n}",
        name=lambda n: f"Customer {n}",
        partner_id=lambda n: partners[n],
        commercial_partner_id=lambda n: partners[n],
        invoice_partner_id=lambda n: partners[n],
    )
    contracts = _copy_contracts(copier, contract, partners)
    points = copier.copy(point, count, code=code_of)
    if measurement == "register":
        _copy_meters(copier, point, points, usages)
    agreements = copier.copy(
        agreement,
        count,
        code=agreement_code,
        account_id=lambda n: accounts[n],
        partner_id=lambda n: partners[n],
        contract_id=lambda n: contracts[n],
        point_id=lambda n: points[n],
    )
    terms = copier.copy(term, count, agreement_id=lambda n: agreements[n])
    copier.copy(
        term.value_ids,
        count,
        term_id=lambda n: terms[n],
        value=lambda n: capacities[n],
    )
    return agreements, points


def _copy_partners(copier, partner, count):
    first = partner.id
    return copier.copy(
        partner,
        count,
        name=lambda n: f"Customer {n}",
        complete_name=lambda n: f"Customer {n}",
        commercial_company_name=lambda n: f"Customer {n}",
        commercial_partner_id=lambda n: first + n,
    )


def _copy_contracts(copier, contract, partners):
    return copier.copy(
        contract,
        len(partners),
        name=lambda n: f"C-{n}",
        access_token=lambda n: None,
        partner_id=lambda n: partners[n],
        commercial_partner_id=lambda n: partners[n],
        invoice_partner_id=lambda n: partners[n],
    )


def _copy_meters(copier, point, points, usages):
    count = len(points)
    installation = point.installation_ids
    meter = installation.meter_id
    meters = copier.copy(meter, count, code=lambda n: f"M{n:07d}")
    registers = copier.copy(meter.register_ids, count, meter_id=lambda n: meters[n])
    copier.copy(
        installation,
        count,
        point_id=lambda n: points[n],
        meter_id=lambda n: meters[n],
    )
    usage = point.env["energy.usage"].search([("point_id", "=", point.id)])
    copier.copy(
        usage,
        count,
        point_id=lambda n: points[n],
        register_id=lambda n: registers[n],
        meter_code=lambda n: f"M{n:07d}",
        reading_to=lambda n: f"{1000 + usages[n]:.3f}",
        value=lambda n: usages[n],
    )


# === What was measured ===


def make_year(env, points, year, *, minutes=15):
    """Intervals of a whole year for points, each day of the length it has locally.

    :param points: ids of energy.metering.point, measured by intervals, in one zone
    :param minutes: length of an interval
    """
    env.cr.execute(
        """
        INSERT INTO energy_interval (point_id, company_id, day, channel_id, resolution,
               total, peak, missing_count, energy, version)
        SELECT p.id, p.company_id, d.day, %(channel)s, %(minutes)s, n.count * v.kwh,
               v.kwh * 60 / %(minutes)s, 0, array_fill(v.kwh, ARRAY[n.count]), 1
          FROM energy_metering_point p
          JOIN energy_network w ON w.id = p.network_id
    CROSS JOIN generate_series(%(first)s::date, %(last)s::date, '1 day') AS t(moment)
    CROSS JOIN LATERAL (SELECT t.moment::date AS day) d
    CROSS JOIN LATERAL (
               SELECT (extract(epoch FROM (d.day + 1)::timestamp AT TIME ZONE w.tz
                       - d.day::timestamp AT TIME ZONE w.tz)
                       / 60 / %(minutes)s)::int AS count) n
    CROSS JOIN LATERAL (
               SELECT (1 + p.id %% 7 + extract(doy FROM d.day)::int %% 11)::float8 / 32
                      AS kwh) v
         WHERE p.id = ANY(%(points)s)
        """,
        {
            "channel": env.ref("energy_billing.kind_180").id,
            "minutes": minutes,
            "first": date(year, 1, 1),
            "last": date(year, 12, 31),
            "points": list(points),
        },
    )


# === What was billed before ===


def make_segments(fixture, periods, states, invoices=None):
    """A segment of each agreement in each period, frozen but in the last one.

    They are copies of a generated one: amounts and days differ, lines are left out.

    :param periods: billing.period, in order
    :param states: ``(state, worst check)`` of the last period's, one after another
    :param invoices: ids of account.move of the agreements, which the segments of the
        last period but one are on
    """
    env = fixture.env
    count = len(fixture.agreements)
    Agreement = env["billing.agreement"]
    segment = env["billing.generator"]._generate(
        Agreement.browse(fixture.agreements[0]), fixture.period
    )
    segment.sudo().line_ids.unlink()
    env.flush_all()
    env.cr.execute(
        "SELECT account_id, contract_id, partner_id FROM billing_agreement"
        " WHERE id = ANY(%s) ORDER BY id",
        [list(fixture.agreements)],
    )
    parties = env.cr.fetchall()
    days = [(period.id, period.date_start, period.date_end) for period in periods]
    last = len(days) - 1

    def state(number):
        month, agreement = divmod(number, count)
        return states[agreement % len(states)] if month == last else ("frozen", "ok")

    def invoice(number):
        month, agreement = divmod(number, count)
        return invoices[agreement] if invoices and month == last - 1 else None

    Copier(env.cr).copy(
        segment,
        count * len(days),
        agreement_id=lambda n: fixture.agreements[n % count],
        account_id=lambda n: parties[n % count][0],
        contract_id=lambda n: parties[n % count][1],
        partner_id=lambda n: parties[n % count][2],
        period_id=lambda n: days[n // count][0],
        date_start=lambda n: days[n // count][1],
        date_end=lambda n: days[n // count][2],
        state=lambda n: state(n)[0],
        worst_check=lambda n: state(n)[1],
        snapshot=lambda n: None,
        invoice_id=invoice,
        quantity=lambda n: f"{n % 977}.5",
        amount=lambda n: f"{n % 977}.25",
    )
    env.cr.execute(
        "UPDATE billing_segment SET state = 'frozen' WHERE id = %s", [segment.id]
    )
    finish(env)


def make_invoices(fixture, due, *, unpaid_every):
    """A posted invoice of each customer, in a row.

    They are copies of one of two lines; what is not unpaid counts as paid, without a
    payment behind it.

    :param due: the day they are due
    :param unpaid_every: every so-many-th is unpaid
    :return: range of the ids of account.move
    """
    from odoo.fields import Command

    env = fixture.env
    count = len(fixture.agreements)
    product = fixture.tariff.item_ids.product_id
    env.cr.execute(
        "SELECT partner_id FROM billing_agreement WHERE id = ANY(%s) ORDER BY id",
        [list(fixture.agreements)],
    )
    partners = [partner_id for (partner_id,) in env.cr.fetchall()]
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partners[0],
            "invoice_date": due,
            "invoice_date_due": due,
            "invoice_line_ids": [
                Command.create({"product_id": product.id, "price_unit": price})
                for price in (70, 30)
            ],
        }
    )
    move.action_post()
    env.flush_all()
    number = move.sequence_number

    def name(n):
        return f"{move.sequence_prefix}{number + n:07d}"

    copier = Copier(env.cr)
    moves = copier.copy(
        move,
        count,
        name=name,
        sequence_number=lambda n: number + n,
        payment_reference=name,
        access_token=lambda n: None,
        partner_id=lambda n: partners[n],
        commercial_partner_id=lambda n: partners[n],
        partner_shipping_id=lambda n: partners[n],
        invoice_partner_display_name=lambda n: f"Customer {n}",
        payment_state=lambda n: "paid" if n % unpaid_every else "not_paid",
        amount_residual=lambda n: 0 if n % unpaid_every else move.amount_residual,
        amount_residual_signed=lambda n: (
            0 if n % unpaid_every else move.amount_residual_signed
        ),
    )
    copier.copy_children(
        "account_move_line",
        move,
        moves,
        "move_id",
        partner_id="p.commercial_partner_id",
        move_name="p.name",
        amount_residual="c.amount_residual * (p.amount_residual <> 0)::int",
        amount_residual_currency=(
            "c.amount_residual_currency * (p.amount_residual <> 0)::int"
        ),
        reconciled="c.reconciled OR (p.amount_residual = 0 AND c.balance > 0)",
    )
    return moves


# === The peer ===


def make_contracts(fixture, count):
    """Contracts of OCA contract that bill the same products in as many lines.

    They have customers of their own and are due on DUE. Runs
    as the superuser, as OCA's scheduled action does, and commits.

    :return: the contract.contract made
    """
    from odoo.fields import Command

    env = fixture.env(user=1)
    partner = env["res.partner"].browse(
        fixture.env["billing.agreement"].browse(fixture.agreements[0]).partner_id.id
    )
    product = fixture.tariff.item_ids.product_id
    recurrence = {
        "recurring_rule_type": "monthly",
        "recurring_invoicing_type": "post-paid",
        "date_start": PERIOD[0],
        "recurring_next_date": DUE,
    }
    contract = env["contract.contract"].create(
        {
            "name": "P-0",
            "partner_id": partner.copy({"name": "Customer of a contract"}).id,
            "company_id": env.company.id,
            "line_recurrence": True,
            **recurrence,
            "contract_line_ids": [
                Command.create(
                    {
                        "product_id": product.id,
                        "name": f"{item.name} #START# – #END#",
                        "quantity": 310,
                        "uom_id": product.uom_id.id,
                        "price_unit": 0.12345,
                        "sequence": item.sequence,
                        **recurrence,
                    }
                )
                for item in fixture.tariff.item_ids
            ],
        }
    )
    env.flush_all()
    copier = Copier(env.cr)
    partners = _copy_partners(copier, contract.partner_id, count)
    contracts = _copy_contracts(copier, contract, partners)
    for line in contract.contract_line_ids.sorted("id", reverse=True)[:1]:
        _copy_lines(copier, contract, line, contracts, partners)
    finish(env)
    return env["contract.contract"].browse(contracts)


def _copy_lines(copier, contract, last, contracts, partners):
    """The last line of the pattern stands for all of them: only texts differ."""
    items = contract.contract_line_ids.sorted("id")
    copies = len(contracts) - 1
    copier.copy(
        last,
        1 + copies * len(items),
        contract_id=lambda n: contracts[1 + (n - 1) // len(items)],
        partner_id=lambda n: partners[1 + (n - 1) // len(items)],
        name=lambda n: items[(n - 1) % len(items)].name,
        sequence=lambda n: items[(n - 1) % len(items)].sequence,
    )
