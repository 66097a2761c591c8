from odoo import fields, models

from odoo.addons.billing_base.rating import to_decimal
from odoo.addons.billing_base.sheets import DATE, DECIMAL, Column


class BillingOpeningLine(models.Model):
    """Go-live: the first readings of the meters."""

    _inherit = "billing.opening.line"

    kind = fields.Selection(
        selection_add=[("reading", "First Readings")],
        ondelete={"reading": "cascade"},
    )
    register_id = fields.Many2one(
        "energy.register", readonly=True, ondelete="cascade", check_company=True
    )

    def _get_columns_reading(self):
        _ = self.env._
        return [
            Column("meter", _("Meter"), required=True, width=18),
            Column("register", _("Register"), required=True),
            Column(
                "date",
                _("Date"),
                DATE,
                required=True,
                help=_("The reading is the state at the end of this day."),
            ),
            Column("value", _("Reading"), DECIMAL, required=True, digits=6, minimum=0),
        ], ("meter", "register", "date")

    def _prepare_reading(self, opening, records):
        registers = {}
        for register in self.env["energy.register"].search(
            [
                ("company_id", "=", opening.company_id.id),
                ("meter_id.code", "in", [record["meter"] for record in records]),
            ]
        ):
            key = (register.meter_id.code, register.code)
            registers.setdefault(key, []).append(register)
        current = self.env["energy.reading"]._get_current(
            [found[0].id for found in registers.values()],
            [record["date"] for record in records],
        )
        prepared = []
        for record in records:
            found = registers.get((record["meter"], record["register"]), ())
            problem = None
            if len(found) != 1:
                problem = self._register_problem(record, len(found))
            else:
                old = current.get((found[0].id, record["date"]))
                if old and old["value"] != record["value"]:
                    problem = self.env._(
                        "The register has another reading of this day, %(value)s.",
                        value=old["value"],
                    )
            if problem:
                prepared.append((record, None, (problem, "register")))
                continue
            vals = {
                "content_key": f"{found[0].id}|{record['date']}",
                "register_id": found[0].id,
                "number": f"{record['meter']} {record['register']}",
                "date": record["date"],
                "value": float(record["value"]),
            }
            prepared.append((record, vals, None))
        return prepared

    def _register_problem(self, record, count):
        if count:
            return self.env._(
                "%(count)s meters have the number %(meter)s and this register. Enter "
                "the reading at the meter.",
                count=count,
                meter=record["meter"],
            )
        return self.env._(
            "There is no meter %(meter)s with a register %(register)s. Create it "
            "first, or correct the cell.",
            meter=record["meter"],
            register=record["register"],
        )

    def _import_reading(self):
        current = self.env["energy.reading"]._get_current(
            self.register_id.ids, self.mapped("date")
        )
        self.env["energy.reading"].create(
            [
                {
                    "register_id": line.register_id.id,
                    "date": line.date,
                    "value": float(to_decimal(line.value)),
                }
                for line in self
                if (line.register_id.id, line.date) not in current
            ]
        )
