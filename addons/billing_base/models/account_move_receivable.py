from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_date


class AccountMove(models.Model):
    """What an invoice has to do with reminders and direct debits."""

    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    dunning_communication_id = fields.Many2one(
        "credit.control.communication",
        string="Fee of Reminder",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    returned_payment_id = fields.Many2one(
        "account.payment",
        string="Fee of Returned Debit",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    returned_charges_id = fields.Many2one(
        "billing.returned.debit",
        string="Message of Bank Charges",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="It told of the charges after the debit had come back.",
    )
    dunning_block_ids = fields.One2many(
        "billing.dunning.block", "move_id", string="Dunning Blocks"
    )

    returned_debit_ids = fields.Many2many(
        "billing.returned.debit",
        "billing_returned_debit_move_rel",
        "move_id",
        "debit_id",
        string="Returned Debits",
        readonly=True,
        copy=False,
        groups="billing_base.group_billing_viewer",
    )
    returned_debit_booked_ids = fields.One2many(
        "billing.returned.debit",
        "move_id",
        string="Debits Undone Here",
        readonly=True,
        groups="billing_base.group_billing_viewer",
    )
    returned_debit_text = fields.Char(
        compute="_compute_returned_debit_text",
        groups="billing_base.group_billing_viewer",
    )

    _one_fee = models.UniqueIndex(
        "(dunning_communication_id) WHERE dunning_communication_id IS NOT NULL"
        " AND move_type = 'out_invoice'",
        "The fee of this reminder is booked already.",
    )
    _one_return_fee = models.UniqueIndex(
        "(returned_payment_id) WHERE returned_payment_id IS NOT NULL"
        " AND returned_charges_id IS NULL AND move_type = 'out_invoice'",
        "The fee of this returned debit is booked already.",
    )
    _one_return_charge = models.UniqueIndex(
        "(returned_charges_id) WHERE returned_charges_id IS NOT NULL"
        " AND move_type = 'out_invoice'",
        "These bank charges are passed on already.",
    )

    @api.depends("returned_debit_ids")
    def _compute_returned_debit_text(self):
        for move in self:
            last = move.returned_debit_ids[:1]
            move.returned_debit_text = bool(last) and self.env._(
                "Direct debit returned on %(date)s: %(reason)s",
                date=format_date(self.env, last.date),
                reason=last.reason_id.name or last.reason_code or last.note or "",
            )

    @api.model
    def _make_fee(self, partner, product, amount, name, **values):
        """Post an invoice of one fee.

        :param amount: without tax, in the currency of the invoice
        :param values: of the account.move; company_id, currency_id, invoice_date and
            invoice_date_due among them
        """
        company = self.env["res.company"].browse(values["company_id"])
        taxes = product.taxes_id._filter_taxes_by_company(company)
        move = self.create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "name": name,
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.set(taxes.ids)],
                        }
                    )
                ],
                **values,
            }
        )
        move.action_post()
        return move

    def action_view_dunning(self):
        """Reminders of this invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.credit_control_communication_action"
        )
        reminders = self.credit_control_line_ids.communication_id
        return {**action, "domain": [("id", "in", reminders.ids)], "context": {}}

    def action_block_dunning(self):
        """Enter or see what keeps this invoice from being reminded of."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_dunning_block_action"
        )
        return {
            **action,
            "domain": [("move_id", "=", self.id)],
            "context": {
                "default_move_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }

    def _get_document_facts(self):
        return (*super()._get_document_facts(), *self._get_debit_notice())

    def _get_debit_notice(self):
        """What is told before a direct debit: day, mandate, creditor, account.

        Pairs of label and value; the SEPA rulebook asks for them (Core, 4.3.4).
        """
        mandate = self.mandate_id
        if not mandate or self.move_type != "out_invoice":
            return ()
        method = self.preferred_payment_method_line_id
        creditor = (
            method.sepa_creditor_identifier or self.company_id.sepa_creditor_identifier
        )
        account = mandate.partner_bank_id.sanitized_acc_number or ""
        _ = self.env._
        return (
            (_("Direct debit on"), self.invoice_date_due),
            (_("From your account"), f"…{account[-4:]}" if account else ""),
            (_("Mandate"), mandate.unique_mandate_reference),
            (_("Creditor identifier"), creditor),
        )
