from odoo import fields, models


class EnergyNetworkInvoiceLine(models.Model):
    """What a distributor charges for one point and component."""

    _name = "energy.network.invoice.line"
    _description = "Distribution Invoice Line"
    _order = "invoice_id desc, point_code, date_start, id"
    _check_company_auto = True

    invoice_id = fields.Many2one(
        "energy.network.invoice",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="invoice_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="invoice_id.currency_id")
    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    point_code = fields.Char(required=True, readonly=True)
    component_id = fields.Many2one(
        "energy.network.component",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    component_code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    date_start = fields.Date(string="From", required=True, readonly=True)
    date_end = fields.Date(string="To", required=True, readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    unit = fields.Char(readonly=True)
    price = fields.Float(digits="Billing Price", readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    tax_type = fields.Char(readonly=True)
    tax_rate = fields.Float(string="Tax (%)", digits=(6, 2), readonly=True)
    decision = fields.Selection(
        [("open", "Open"), ("approved", "Approved"), ("disputed", "Disputed")],
        default="open",
        required=True,
        readonly=True,
        copy=False,
    )
    decision_note = fields.Char(string="Reason", readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_on = fields.Datetime(readonly=True, copy=False)
    claim_deadline = fields.Date(string="Answer Until", readonly=True, copy=False)
