from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from odoo.addons.billing_base.rating import round_amount, to_decimal


class EnergyNetworkInvoiceLine(models.Model):
    """Network services billed on to customers as they were received, without margin."""

    _inherit = "energy.network.invoice.line"

    charge_id = fields.Many2one(
        "billing.charge",
        string="Billed On",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    def action_pass_on(self):
        """Make charges of these lines for the customers whose agreements say so.

        Each line is passed on once. What is disputed waits for its decision; what no
        agreement takes stays in the list of unbilled network services.

        :return: the charges, as a list
        """
        charges = self._pass_on()
        if not charges:
            raise UserError(
                self.env._(
                    "Nothing to bill on: these network services are billed on "
                    "already, are disputed, or no agreement of their points and days "
                    "has “%(setting)s” in its type.",
                    setting=self._get_setting_label(),
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_charge_action"
        )
        action["domain"] = [("id", "in", charges.ids)]
        action["context"] = {}
        return action

    def _get_setting_label(self):
        field = self.env["billing.agreement.type"]._fields["network_services"]
        return dict(field._description_selection(self.env))["pass"]

    def _pass_on(self):
        """:return: the billing.charge made"""
        lines = self.filtered(
            lambda line: (
                line.point_id
                and line.component_id
                and not line.charge_id
                and line.decision != "disputed"
                and line.amount
            )
        )
        agreements = lines._get_passing_agreements()
        lines = lines.filtered(lambda line: line in agreements)
        charges = self.env["billing.charge"]._request(
            [line._prepare_charge(agreements[line]) for line in lines]
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE energy_network_invoice_line l SET charge_id = v.charge_id
                  FROM unnest(%s::int[], %s::int[]) v(line_id, charge_id)
                 WHERE l.id = v.line_id
                """,
                lines.ids,
                charges.ids,
            )
        )
        lines.invalidate_recordset(["charge_id"])
        return charges

    def _get_passing_agreements(self):
        """The agreement each line is billed on to: of its point, on its last day, else
        on one of its days.

        :return: ``{line: billing.agreement}``
        """
        found = self.env["billing.agreement"].search(
            [
                ("point_id", "in", self.point_id.ids),
                ("type_id.network_services", "=", "pass"),
            ],
            order="date_start desc",
        )
        by_point = found.grouped("point_id")
        agreements = {}
        for line in self:
            for agreement in by_point.get(line.point_id, ()):
                last = agreement.date_end or line.date_end
                if agreement.date_start <= line.date_end and last >= line.date_start:
                    agreements[line] = agreement
                    break
        return agreements

    def _prepare_charge(self, agreement):
        """The charge of the line: its quantity and price where they give the amount,
        else one piece."""
        self.ensure_one()
        product = self.component_id.product_ids[:1]
        if not product:
            raise UserError(
                self.env._(
                    "Component %(component)s of distribution has no product it is "
                    "billed with. Enter it in Distribution Components.",
                    component=self.component_id.display_name,
                )
            )
        quantity, price = 1.0, self.amount
        exact = round_amount(
            to_decimal(self.quantity) * to_decimal(self.price),
            to_decimal(self.currency_id.rounding),
        )
        unit = (self.unit or "").lower()
        if (
            self.quantity
            and exact == to_decimal(self.amount)
            and (unit in ("", (product.uom_id.name or "").lower()))
        ):
            quantity, price = self.quantity, self.price
        lang = agreement.partner_id.lang
        text = self.component_id.with_context(lang=lang).name
        return {
            "source_key": f"network:{self.id}",
            "name": f"{text} ({format_date(self.env, self.date_start, lang_code=lang)}"
            f" – {format_date(self.env, self.date_end, lang_code=lang)})",
            "agreement_id": agreement.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "date": self.date_end,
            "product_id": product.id,
            "quantity": quantity,
            "unit_price": price,
            "origin": self.invoice_id.number,
            "res_model": self._name,
            "res_id": self.id,
        }


class EnergyNetworkInvoice(models.Model):
    _inherit = "energy.network.invoice"

    def action_pass_on(self):
        """Bill the lines of these invoices on to customers."""
        return self.line_ids.action_pass_on()
