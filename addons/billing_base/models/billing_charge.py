from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..rating import round_amount, round_quantity, to_decimal
from .billing_charge_draft import charge_draft
from .billing_segment import OPEN_STATES

FIXED = {
    "agreement_id",
    "account_id",
    "type_id",
    "product_id",
    "quantity",
    "uom_id",
    "unit_price",
    "currency_id",
    "date",
    "name",
}
"""What stands on the bill and changes no more once it is on an invoice."""


class BillingCharge(models.Model):
    """Something to be billed once: work, a fee, a deposit, an advance.

    It waits until a run makes a segment of it. The database refuses a second live
    segment of the same charge, and a second charge of the same source.
    """

    _name = "billing.charge"
    _description = "Billable Charge"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Text",
        required=True,
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        help="What the customer reads on the bill.",
    )
    type_id = fields.Many2one(
        "billing.segment.type",
        string="Kind",
        required=True,
        domain="[('is_exclusive', '=', False)]",
        default=lambda self: self.env.ref(
            "billing_base.segment_type_charge", raise_if_not_found=False
        ),
        tracking=True,
    )
    agreement_id = fields.Many2one(
        "billing.agreement",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="Empty: billed with the next agreement of the account.",
    )
    account_id = fields.Many2one(
        "billing.account",
        string="Billing Account",
        required=True,
        index=True,
        check_company=True,
        compute="_compute_account_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        tracking=True,
    )
    partner_id = fields.Many2one(
        related="account_id.commercial_partner_id",
        string="Customer",
        store=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    date = fields.Date(
        string="Due From",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        help="Billed in the period of this day, or with the next bill after it.",
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        help="Carries the account and the taxes of the charge.",
    )
    charge_type_id = fields.Many2one(
        "billing.charge.type",
        index="btree_not_null",
        help="What it is in reports, as for the charges of tariffs.",
    )
    quantity = fields.Float(
        digits="Product Unit", min_display_digits=2, default=1.0, required=True
    )
    uom_id = fields.Many2one(
        "uom.uom",
        string="Unit",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
    )
    unit_price = fields.Float(
        digits="Billing Price",
        min_display_digits=2,
        required=True,
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
        aggregator=None,
        tracking=True,
    )
    amount = fields.Monetary(
        string="Untaxed Amount", compute="_compute_amount", store=True
    )
    origin = fields.Char(
        string="Source Document", help="Number of the order, report or letter."
    )
    res_model = fields.Char(string="Source Kind", readonly=True)
    res_id = fields.Many2oneReference(
        string="Source", model_field="res_model", readonly=True
    )
    source_key = fields.Char(
        readonly=True,
        copy=False,
        help="What the charge was requested for, once.",
    )
    segment_ids = fields.One2many("billing.segment", "charge_id", string="Segments")
    segment_id = fields.Many2one("billing.segment", compute="_compute_segment_id")
    invoice_id = fields.Many2one("account.move", compute="_compute_segment_id")
    requeued_count = fields.Integer(
        readonly=True,
        copy=False,
        help="How many cancelled segments were left behind when it was put back.",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("segment", "On a segment"),
            ("billed", "Billed"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        precompute=True,
        index=True,
    )

    _source_once = models.UniqueIndex(
        "(company_id, source_key) WHERE source_key IS NOT NULL",
        "A charge was already requested for this source.",
    )
    _quantity_given = models.Constraint(
        "CHECK (quantity <> 0)", "The quantity of a charge must not be zero."
    )

    @api.depends("product_id")
    def _compute_name(self):
        for charge in self:
            charge.name = charge.name or charge.product_id.name

    @api.depends("agreement_id")
    def _compute_account_id(self):
        for charge in self:
            charge.account_id = charge.agreement_id.account_id or charge.account_id

    @api.depends("product_id")
    def _compute_from_product(self):
        for charge in self:
            charge.uom_id = charge.product_id.uom_id
            charge.unit_price = charge.product_id.lst_price

    @api.depends("quantity", "unit_price", "currency_id")
    def _compute_amount(self):
        for charge in self:
            charge.amount = float(charge._get_amount())

    def _get_amount(self):
        """Quantity × unit price, rounded to the currency, as Decimal."""
        self.ensure_one()
        product = round_quantity(to_decimal(self.quantity)) * to_decimal(
            self.unit_price
        )
        return round_amount(product, to_decimal(self.currency_id.rounding or 0.01))

    @api.depends("segment_ids.state", "segment_ids.invoice_id")
    def _compute_segment_id(self):
        for charge in self:
            segments = charge.segment_ids
            live = segments.filtered(lambda s: s.state != "cancelled")
            charge.segment_id = (live or segments).sorted("id")[-1:]
            charge.invoice_id = charge.segment_id.invoice_id

    @api.depends("segment_ids.state", "requeued_count")
    def _compute_state(self):
        for charge in self:
            states = charge.segment_ids.mapped("state")
            if any(state in OPEN_STATES for state in states):
                charge.state = "segment"
            elif {"frozen", "cancelling"} & set(states):
                charge.state = "billed"
            elif states.count("cancelled") > charge.requeued_count:
                charge.state = "cancelled"
            else:
                charge.state = "waiting"

    @api.constrains("agreement_id", "account_id")
    def _check_account(self):
        for charge in self:
            agreement = charge.agreement_id
            if agreement and agreement.account_id != charge.account_id:
                raise ValidationError(
                    self.env._(
                        "Charge %(charge)s: agreement %(agreement)s belongs to the "
                        "billing account %(account)s.",
                        charge=charge.name,
                        agreement=agreement.display_name,
                        account=agreement.account_id.display_name,
                    )
                )

    @api.constrains("type_id")
    def _check_type(self):
        for charge in self:
            if charge.type_id.is_exclusive:
                raise ValidationError(
                    self.env._(
                        "Charge %(charge)s: segments of the kind %(type)s are made "
                        "from a tariff. Choose a billable charge, a deposit or an "
                        "advance.",
                        charge=charge.name,
                        type=charge.type_id.name,
                    )
                )

    # === The queue ===

    @api.model
    def _request(self, vals_list):
        """Put charges into the queue, each source once.

        :param vals_list: values with a ``source_key``; what was requested before is
            found by it and stays as it is
        :return: the billing.charge, in the order of ``vals_list``
        """
        keys = [vals["source_key"] for vals in vals_list]
        company = self.env.company.id
        known = {
            (charge.company_id.id, charge.source_key): charge
            for charge in self.search([("source_key", "in", keys)])
        }
        wanted = {
            (vals.get("company_id", company), vals["source_key"]): vals
            for vals in vals_list
        }
        missing = [key for key in wanted if key not in known]
        created = self.create([wanted[key] for key in missing])
        known.update(zip(missing, created, strict=True))
        return self.union(
            *(known[vals.get("company_id", company), vals["source_key"]] for vals in
              vals_list)
        )  # fmt: skip

    @api.model
    def _get_due(self, agreements, period):
        """Charges a run over ``agreements`` bills in ``period``: those waiting, and
        those whose segment was left behind, not invoiced, in this or an earlier one.
        """
        whose = Domain("agreement_id", "in", agreements.ids) | (
            Domain("agreement_id", "=", False)
            & Domain("account_id", "in", agreements.account_id.ids)
        )
        left_behind = Domain("state", "=", "segment") & Domain(
            "segment_ids",
            "any",
            Domain("state", "in", OPEN_STATES)
            & Domain("invoice_id", "=", False)
            & (
                Domain("period_id", "=", period.id)
                | Domain("period_id.date_end", "<", period.date_start)
            ),
        )
        return self.search(
            whose
            & Domain("date", "<=", period.date_end)
            & (Domain("state", "=", "waiting") | left_behind),
            order="date, id",
        )

    def _get_billing_agreement(self, period):
        """The agreement on whose bill the charge comes: its own, else the account's
        first one in force, of the period's cycle before others."""
        self.ensure_one()
        if self.agreement_id:
            return self.agreement_id
        kept = self.segment_ids.filtered(lambda s: s.state != "cancelled")
        if kept:
            return kept[-1:].agreement_id
        return self.account_id.agreement_ids.sorted(
            lambda agreement: (
                agreement.cycle_id != period.cycle_id,
                bool(agreement.date_end and agreement.date_end < self.date),
                agreement.code,
            )
        )[:1]

    def _prepare_draft(self, period):
        """The charge as a segment for ``billing.generator._store``; None where the
        account has no agreement whose bill it could come on."""
        self.ensure_one()
        agreement = self._get_billing_agreement(period)
        return agreement and charge_draft(self, agreement, period) or None

    # === Changes ===

    def write(self, vals):
        if FIXED & vals.keys():
            self._check_changeable()
        result = super().write(vals)
        if FIXED & vals.keys():
            segments = self.sudo().segment_ids
            segments.filtered(lambda s: s.state in OPEN_STATES).is_stale = True
        return result

    def _check_changeable(self):
        for charge in self:
            segment = charge.segment_id
            if (
                charge.state == "billed"
                or segment.invoice_id
                and (charge.state == "segment")
            ):
                raise UserError(
                    self.env._(
                        "Charge %(charge)s is on invoice %(invoice)s. Delete the draft "
                        "first, or cancel its segment.",
                        charge=charge.display_name,
                        invoice=segment.invoice_id.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        for charge in self:
            if charge.segment_ids:
                raise UserError(
                    self.env._(
                        "Charge %(charge)s is on segment %(segment)s. Delete the "
                        "segment first; what was billed stays.",
                        charge=charge.display_name,
                        segment=charge.segment_id.display_name,
                    )
                )

    # === Buttons ===

    def action_generate(self):
        """Make segments of the selected charges at once, without waiting for a run."""
        Segment = self.env["billing.segment"]
        segments = Segment
        charges = self.filtered(lambda c: c.state in ("waiting", "segment"))
        for period, due in charges._group_by_period().items():
            segments |= self.env["billing.generator"]._generate_charges(due, period)
        self.env["billing.check"]._run(segments)
        segments._refresh_figures()
        return self._action_open_segments()

    def _group_by_period(self):
        """Charges by the period they are billed in now: the open one of their day,
        else the first open one after it.

        :raises UserError: naming the cycle that has no such period, or the account
            that has no agreement
        """
        groups = {}
        cycles = self.account_id.agreement_ids.cycle_id
        periods = self.env["billing.period"].search(
            [("cycle_id", "in", cycles.ids), ("state", "=", "open")],
            order="date_start",
        )
        by_cycle = periods.grouped("cycle_id")
        for charge in self:
            agreement = charge._get_billing_agreement(self.env["billing.period"])
            if not agreement:
                raise UserError(
                    self.env._(
                        "%(charge)s: account %(account)s has no agreement on whose "
                        "bill it could come. Enter one first.",
                        charge=charge.name,
                        account=charge.account_id.display_name,
                    )
                )
            period = by_cycle.get(agreement.cycle_id, periods.browse()).filtered(
                lambda p, day=charge.date: p.date_end >= day
            )[:1]
            if not period:
                raise UserError(
                    self.env._(
                        "Charge %(charge)s: the cycle %(cycle)s has no open period "
                        "on or after %(date)s. Generate or reopen one.",
                        charge=charge.display_name,
                        cycle=agreement.cycle_id.name,
                        date=fields.Date.to_string(charge.date),
                    )
                )
            groups[period] = groups.get(period, self.browse()) | charge
        return groups

    def action_requeue(self):
        """Cancelled charges wait again for the next run."""
        for charge in self.filtered(lambda c: c.state == "cancelled"):
            charge.requeued_count = len(charge.segment_ids)
        return True

    def action_open_source(self):
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id)
        return record._get_records_action() if record.exists() else False

    def action_open_segment(self):
        self.ensure_one()
        return self._action_open_segments()

    def _action_open_segments(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_action"
        )
        action["domain"] = [("charge_id", "in", self.ids)]
        action["context"] = {}
        return action
