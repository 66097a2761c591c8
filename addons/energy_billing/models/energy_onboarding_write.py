from psycopg2 import Error as DatabaseError

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..bulk import as_table
from ..market import onboarding

DONE = {
    "id": "int",
    "state": "text",
    "note": "text",
    "partner_id": "int",
    "point_id": "int",
    "agreement_id": "int",
}
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_vat_validation": True,
}


class EnergyOnboarding(models.Model):
    """Writing the plan: customers, accounts, points, contracts, agreements in sets."""

    _inherit = "energy.onboarding"  # pylint: disable=consider-merging-classes-inherited

    def _write_lines(self, lines):
        """Write planned lines; one that cannot be written says why and stays.

        Two processes take turns: what one has created, the other must see.
        """
        self.ensure_one()
        self.check_access("write")
        self._take_turn()
        lines = lines.filtered(lambda line: line.state == "planned")
        quiet = self.with_context(**QUIET)
        for group in lines.grouped("action").items():
            quiet._write_group(*group)

    def _take_turn(self):
        """Whoever writes changes this row, so that another process that began earlier
        begins again (serialization failure) and sees what was created meanwhile."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE energy_onboarding_template SET write_date = now()"
                " WHERE company_id = %s",
                self.company_id.id,
            )
        )

    def _write_group(self, action, lines):
        """Write lines of one action; those that fail are found by halving."""
        if not lines:
            return
        try:
            with self.env.cr.savepoint():
                getattr(self, f"_write_{action}")(lines)
                self.env.flush_all()
        except DatabaseError as error:
            # of another process: the whole piece is repeated
            if error.pgcode and error.pgcode.startswith("40"):
                raise
            self._split_group(action, lines, self._explain(error))
        except UserError as error:
            self._split_group(action, lines, str(error))

    @api.model
    def _explain(self, error):
        """What a constraint of the database says, in the words of its model."""
        model = (error.diag.table_name or "").replace("_", ".")
        model = self.env[model if model in self.env else self._name]
        return model._sql_error_to_message(error)

    def _split_group(self, action, lines, reason):
        self.env.invalidate_all(flush=False)
        if len(lines) == 1:
            self._finish([{"id": lines.id, "state": "failed", "note": reason}])
            return
        half = len(lines) // 2
        self._write_group(action, lines[:half])
        self._write_group(action, lines[half:])

    @api.model
    def _finish(self, rows):
        """What became of lines, in one statement."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE energy_onboarding_line l
                   SET state = v.state, note = COALESCE(v.note, l.note),
                       partner_id = COALESCE(v.partner_id, l.partner_id),
                       point_id = COALESCE(v.point_id, l.point_id),
                       agreement_id = COALESCE(v.agreement_id, l.agreement_id)
                  FROM %s WHERE v.id = l.id
                """,
                as_table("v", DONE, rows),
            )
        )
        self.env["energy.onboarding.line"].invalidate_model()
        self.invalidate_recordset()

    # === New ===

    def _write_new(self, lines):
        """Customer, billing account, point, contract and a draft agreement each."""
        lines.confirmation_id.fetch()
        customers = self._write_customers(lines)
        accounts = self._write_accounts(lines, customers)
        points = self._write_points(lines)
        contracts = self._write_contracts(lines, customers)
        taken = self._get_agreement_codes(points)
        agreements = self.env["billing.agreement"].create(
            [
                {
                    "code": code,
                    "contract_id": contracts[line.customer_key, line.template_id].id,
                    "account_id": accounts[line.customer_key, line.template_id].id,
                    "company_id": self.company_id.id,
                    "type_id": line.template_id.type_id.id,
                    "point_id": point.id,
                    "date_start": line.date_start,
                    "date_end": line.date_end,
                    "is_draft": True,
                    "term_ids": [Command.create(self._prepare_term(line))],
                }
                for line, point, code in zip(lines, points, taken, strict=True)
            ]
        )
        self._finish(
            [
                {
                    "id": line.id,
                    "state": "done",
                    "partner_id": customers[line.customer_key].id,
                    "point_id": point.id,
                    "agreement_id": agreement.id,
                }
                for line, point, agreement in zip(
                    lines, points, agreements, strict=True
                )
            ]
        )

    def _write_customers(self, lines):
        """Those known now, whoever created them, and new ones.

        :return: ``{customer key: res.partner}``
        """
        Partner = self.env["res.partner"]
        known = self._get_customers([self._row_of(line) for line in lines])
        first = {}
        customers = {}
        for line in lines:
            key = line.customer_key
            found = line.partner_id.ids or known.get(key, ())
            if found:
                customers[key] = Partner.browse(found[0])
            first.setdefault(key, line)
        missing = [key for key in first if key not in customers]
        # who may write agreements may enter their customers
        created = Partner.sudo().create(
            [self._prepare_customer(first[key]) for key in missing]
        )
        customers.update(zip(missing, created.sudo(False), strict=True))
        return customers

    def _row_of(self, line):
        confirmation = line.confirmation_id
        return self._as_row({name: confirmation[name] for name in ROW} | {"id": None})

    def _prepare_customer(self, line):
        confirmation = line.confirmation_id
        return {
            "name": confirmation.customer,
            "is_company": bool(confirmation.company_number),
            "company_registry": confirmation.company_number,
            "street": confirmation.street,
            "zip": confirmation.zip,
            "city": confirmation.city,
            "country_id": self.company_id.country_id.id,
            "company_id": self.company_id.id,
            "billing_category_id": line.template_id.category_id.id,
            "customer_rank": 1,
            "autopost_bills": "ask",
        }

    def _write_accounts(self, lines, customers):
        """The customer's billing account with the template's profile, else a new one.

        :return: ``{(customer key, template): billing.account}``
        """
        Account = self.env["billing.account"]
        ids = [partner.id for partner in customers.values()]
        known = {}
        for account in Account.search(
            [
                ("commercial_partner_id", "in", ids),
                ("company_id", "=", self.company_id.id),
            ],
            order="id desc",
        ):
            known[account.commercial_partner_id.id, account.profile_id] = account
        accounts, vals = {}, {}
        for line in lines:
            key = line.customer_key, line.template_id
            partner = customers[line.customer_key]
            profile = line.template_id.profile_id
            if account := known.get((partner.id, profile)):
                accounts[key] = account
            else:
                vals[partner.id, profile] = {
                    "partner_id": partner.id,
                    "profile_id": profile.id,
                    "company_id": self.company_id.id,
                }
        numbers = self._next_account_codes(self.company_id, len(vals))
        created = Account.create(
            [
                values | {"code": code}
                for values, code in zip(vals.values(), numbers, strict=True)
            ]
        )
        made = dict(zip(vals, created, strict=True))
        for line in lines:
            key = line.customer_key, line.template_id
            if key not in accounts:
                partner = customers[line.customer_key]
                accounts[key] = made[partner.id, line.template_id.profile_id]
        return accounts

    @api.model
    def _next_account_codes(self, company, count):
        """Numbers of the sequence that no account has."""
        sequence = self.env.ref("energy_billing.sequence_onboarding_account").sudo()
        found = []
        while len(found) < count:
            asked = [
                sequence.get_next_char(number)
                for (number,) in self.env.execute_query(
                    SQL(
                        "SELECT nextval(%s) FROM generate_series(1, %s)",
                        f"ir_sequence_{sequence.id:03d}",
                        count - len(found),
                    )
                )
            ]
            taken = (
                self.env["billing.account"]
                .with_context(active_test=False)
                .search([("company_id", "=", company.id), ("code", "in", asked)])
                .mapped("code")
            )
            found += [code for code in asked if code not in taken]
        return found

    def _write_points(self, lines):
        """The points of the lines, in their order; those not entered are created."""
        Point = self.env["energy.metering.point"].with_context(active_test=False)
        known = {
            point.code: point
            for point in Point.search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("commodity", "=", self.message_id.profile_id.commodity),
                    ("code", "in", lines.mapped("point_code")),
                ]
            )
        }
        missing = [line for line in lines if line.point_code not in known]
        created = Point.create([self._prepare_point(line) for line in missing])
        known.update((point.code, point) for point in created)
        return Point.union(*(known[line.point_code] for line in lines))

    def _prepare_point(self, line):
        confirmation, template = line.confirmation_id, line.template_id
        values = {
            "code": line.point_code,
            "company_id": self.company_id.id,
            "commodity": confirmation.commodity,
            "measurement": template.point_measurement,
            "curve_id": template.curve_id.id,
            "street": confirmation.street,
            "zip": confirmation.zip,
            "city": confirmation.city,
            "country_id": self.company_id.country_id.id,
            "capacity_kw": confirmation.capacity_kw,
        }
        network = confirmation.network_id or template.network_id
        if network:
            values |= {"network_id": network.id, "code_scheme": network.code_scheme}
        return values

    def _write_contracts(self, lines, customers):
        """The customer's contract of agreements of this type, else a new one.

        :return: ``{(customer key, template): contract.contract}``
        """
        known = {
            (agreement.partner_id.id, agreement.type_id): agreement.contract_id
            for agreement in self.env["billing.agreement"].search(
                [
                    ("partner_id", "in", [p.id for p in customers.values()]),
                    ("company_id", "=", self.company_id.id),
                    ("date_end", "=", False),
                ]
            )
        }
        vals = {}
        for line in lines:
            partner, agreement_type = (
                customers[line.customer_key],
                line.template_id.type_id,
            )
            if (partner.id, agreement_type) not in known:
                vals.setdefault(
                    (partner.id, agreement_type),
                    {
                        "name": f"{agreement_type.name}, {partner.name}",
                        "partner_id": partner.id,
                        # found by OCA contract by contract otherwise
                        "invoice_partner_id": partner.id,
                        "company_id": self.company_id.id,
                        "date": line.date_start,
                    },
                )
        # the key keeps contracts from mailing that they begin
        created = (
            self.env["contract.contract"]
            .with_context(skip_modification_mail=True)
            .create(list(vals.values()))
            .with_env(self.env)
        )
        known.update(zip(vals, created, strict=True))
        return {
            (line.customer_key, line.template_id): known[
                customers[line.customer_key].id, line.template_id.type_id
            ]
            for line in lines
        }

    @api.model
    def _get_agreement_codes(self, points):
        """A number for a new agreement of each point: its code, else with a counter."""
        taken = set(
            self.env["billing.agreement"]
            .with_context(active_test=False)
            .search(
                [
                    ("company_id", "in", points.company_id.ids),
                    "|",
                    ("point_id", "in", points.ids),
                    ("code", "in", points.mapped("code")),
                ]
            )
            .mapped("code")
        )
        found = []
        for point in points:
            code, number = point.code, 1
            while code in taken:
                number += 1
                code = f"{point.code}/{number}"
            found.append(code)
        return found

    def _prepare_term(self, line):
        template = line.template_id
        capacity = line.confirmation_id.capacity_kw
        values = []
        if template.capacity_type_id and capacity:
            values.append(
                Command.create(
                    {
                        "quantity_type_id": template.capacity_type_id.id,
                        "value": capacity,
                    }
                )
            )
        return {
            "date_start": line.date_start,
            "tariff_id": template.tariff_id.id,
            "value_ids": values,
        }

    # === Changed and leaving ===

    def _write_changed(self, lines):
        """What the distributor tells of points; each change is in their history."""
        for line in lines.with_context(tracking_disable=False, mail_notrack=False):
            confirmation, point = line.confirmation_id, line.point_id
            point.write(
                {
                    name: confirmation[name]
                    for name in onboarding.TEXTS + onboarding.NUMBERS
                    if confirmation[name]
                }
            )
        self._finish([{"id": line.id, "state": "done"} for line in lines])

    def _write_leaving(self, lines):
        """A proposal to end the agreement with a final bill."""
        self.env["billing.termination"]._propose(
            [
                {
                    "agreement_id": line.agreement_id.id,
                    "date_end": line.date_end,
                    "origin": self.message_id.name,
                    "note": line.confirmation_id.reason,
                }
                for line in lines
            ]
        )
        self._finish([{"id": line.id, "state": "done"} for line in lines])


ROW = (
    "status",
    "date_start",
    "date_end",
    "customer",
    "company_number",
    *onboarding.TEXTS,
    *onboarding.NUMBERS,
)
