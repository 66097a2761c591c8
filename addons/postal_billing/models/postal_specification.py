from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.billing_base.rating import to_decimal
from odoo.addons.billing_base.tools import format_number

from ..postage import Count, differences
from .billing_agreement_type import KINDS

SOURCES = {
    "agreement_id",
    "company_id",
    "cost_centre_id",
    "kind",
    "partner_id",
    "period_id",
    "total_cheques",
    "total_money",
}
"""Fields that a checked specification does not change any more."""
GUARDED = {"copied_from_id", "is_checked", "waive_reason", "waived_by_id"}
"""Fields that buttons write, and nobody by hand."""


class PostalSpecification(models.Model):
    """What a partner used, or had paid out, in a period; checked, then invoiced."""

    _name = "postal.specification"
    _description = "Specification"
    _inherit = ["mail.thread"]
    _order = "period_id desc, cost_centre_id, partner_id, id desc"
    _rec_names_search = ["name", "partner_id"]
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    kind = fields.Selection(KINDS, required=True, default="on_account", tracking=True)
    period_id = fields.Many2one(
        "billing.period",
        required=True,
        check_company=True,
        index=True,
        default=lambda self: self._default_period_id(),
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    cost_centre_id = fields.Many2one(
        "account.analytic.account",
        domain="[('is_cost_centre', '=', True)]",
        check_company=True,
        index=True,
        default=lambda self: self._default_cost_centre_id(),
        help="Payouts name it on each item.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        required=True,
        check_company=True,
        index=True,
        domain="[('parent_id', '=', False)]",
        tracking=True,
        default=lambda self: self._default_partner_id(),
    )
    agreement_id = fields.Many2one(
        "billing.agreement",
        compute="_compute_agreement_id",
        store=True,
        readonly=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="By which it is priced and billed.",
    )
    tariff_id = fields.Many2one(
        "billing.tariff",
        string="Price List",
        compute="_compute_tariff_id",
        compute_sudo=True,
    )
    reference = fields.Char(string="Posting List", help="Number of the paper list.")
    line_ids = fields.One2many(
        "postal.specification.line", "specification_id", string="Entries", copy=False
    )
    mailing_ids = fields.One2many(
        "postal.mailing", "specification_id", string="Mailing Jobs"
    )
    centre_ids = fields.One2many(
        "postal.payout.centre", "specification_id", string="Principal's List"
    )
    amount = fields.Monetary(
        string="Untaxed Amount", compute="_compute_amount", store=True
    )
    quantity = fields.Float(
        string="Pieces", digits=(16, 0), compute="_compute_amount", store=True
    )
    money = fields.Monetary(
        string="Paid Out",
        compute="_compute_amount",
        store=True,
        help="The money of the principal; it is no revenue.",
    )
    problem_count = fields.Integer(
        string="Entries Without Price", compute="_compute_amount", store=True
    )
    total_cheques = fields.Integer(string="Cheques of the Principal")
    total_money = fields.Monetary(string="Total of the Principal")
    difference_text = fields.Text(
        string="Differences", compute="_compute_difference_text"
    )
    waive_reason = fields.Char(readonly=True, copy=False, tracking=True)
    waived_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    is_checked = fields.Boolean(readonly=True, copy=False, tracking=True)
    segment_ids = fields.One2many("billing.segment", "specification_id", readonly=True)
    state = fields.Selection(
        [("draft", "Draft"), ("checked", "Checked"), ("invoiced", "Invoiced")],
        compute="_compute_state",
        store=True,
        precompute=True,
        index=True,
    )
    invoice_ids = fields.Many2many(
        "account.move",
        compute="_compute_invoice_ids",
        compute_sudo=True,
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    copied_from_id = fields.Many2one(
        "postal.specification",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    _one_draft = models.UniqueIndex(
        "(company_id, kind, period_id, COALESCE(cost_centre_id, 0), partner_id)"
        " WHERE is_checked IS NOT TRUE AND kind <> 'direct'",
        "There is already a draft for this partner, cost centre and period. Go on "
        "with that one.",
    )
    _copied_once = models.UniqueIndex(
        "(copied_from_id, period_id) WHERE copied_from_id IS NOT NULL",
        "This specification was already copied to the period.",
    )
    _centre_named = models.Constraint(
        "CHECK (kind = 'payout' OR cost_centre_id IS NOT NULL)",
        "Choose the cost centre.",
    )

    def _default_period_id(self):
        """The active period; what comes after the cost centre is approved goes into
        the next one."""
        Period = self.env["billing.period"]
        active = Period.search(
            [
                ("is_active", "=", True),
                ("company_id", "=", self.env.company.id),
                ("cycle_id", "in", self.env["billing.agreement.type"]._get_cycle_ids()),
            ],
            limit=1,
        )
        centre = self._default_cost_centre_id()
        approved = centre and self.env["postal.approval"].search_count(
            [("period_id", "=", active.id), ("cost_centre_id", "=", centre.id)]
        )
        if active.state == "closed" or approved:
            return Period.search(
                [
                    ("cycle_id", "=", active.cycle_id.id),
                    ("date_start", ">", active.date_end),
                    ("state", "=", "open"),
                ],
                order="date_start",
                limit=1,
            )
        return active

    def _default_cost_centre_id(self):
        if self.env.context.get("default_kind") == "payout":
            return False
        own = self.env["account.analytic.account"].search(
            [("is_cost_centre", "=", True), ("clerk_ids", "in", self.env.uid)], limit=2
        )
        return own if len(own) == 1 else False

    # === Computed ===

    @api.depends("partner_id", "kind", "period_id")
    def _compute_agreement_id(self):
        for specification in self:
            period = specification.period_id
            accounts = specification.partner_id.commercial_partner_id
            found = accounts.billing_account_ids.agreement_ids.filtered(
                lambda agreement, spec=specification, period=period: (
                    agreement.type_id.postal_kind == spec.kind
                    and agreement.company_id == spec.company_id
                    and period
                    and agreement.date_start <= period.date_end
                    and (
                        not agreement.date_end
                        or agreement.date_end >= period.date_start
                    )
                )
            )
            specification.agreement_id = found.sorted("code")[:1]

    @api.depends("agreement_id.term_ids.tariff_id", "period_id")
    def _compute_tariff_id(self):
        for specification in self:
            last = specification.period_id.date_end
            terms = specification.agreement_id.term_ids.filtered(
                lambda term, last=last: last and term.date_start <= last
            )
            specification.tariff_id = terms.sorted("date_start")[-1:].tariff_id

    @api.depends(
        "line_ids.amount", "line_ids.quantity", "line_ids.money", "line_ids.problem"
    )
    def _compute_amount(self):
        for specification in self:
            lines = specification.line_ids
            specification.amount = float(sum(to_decimal(line.amount) for line in lines))
            specification.quantity = sum(lines.mapped("quantity"))
            specification.money = float(sum(to_decimal(line.money) for line in lines))
            specification.problem_count = len(lines.filtered("problem"))

    @api.depends("is_checked", "segment_ids.state")
    def _compute_state(self):
        for specification in self:
            states = set(specification.segment_ids.mapped("state"))
            if "frozen" in states or "cancelling" in states:
                specification.state = "invoiced"
            else:
                specification.state = "checked" if specification.is_checked else "draft"

    @api.depends("segment_ids.invoice_id", "segment_ids.reversal_id")
    def _compute_invoice_ids(self):
        for specification in self:
            segments = specification.segment_ids
            specification.invoice_ids = segments.invoice_id | segments.reversal_id

    @api.depends(
        "kind",
        "total_cheques",
        "total_money",
        "line_ids.quantity",
        "line_ids.money",
        "line_ids.cost_centre_id",
        "centre_ids.cheques",
        "centre_ids.money",
    )
    @api.depends_context("lang")
    def _compute_difference_text(self):
        for specification in self:
            specification.difference_text = "\n".join(
                specification._describe_difference(difference)
                for difference in specification._get_differences()
            )

    def _get_paid(self):
        """Cheques and money by cost centre, as the items say."""
        paid = defaultdict(Count)
        for line in self.line_ids:
            paid[line.cost_centre_id] += Count(
                int(line.quantity), to_decimal(line.money)
            )
        return paid

    def _get_differences(self):
        """Where items and the principal's list disagree, of payouts only."""
        self.ensure_one()
        if self.kind != "payout":
            return []
        return differences(
            Count(self.total_cheques, to_decimal(self.total_money)),
            {
                row.cost_centre_id: Count(row.cheques, to_decimal(row.money))
                for row in self.centre_ids
            },
            dict(self._get_paid()),
        )

    def _describe_difference(self, difference):
        missing = difference.missing
        return self.env._(
            "%(centre)s: %(cheques)s cheques and %(money)s missing (ordered "
            "%(ordered)s / %(ordered_money)s, entered %(paid)s / %(paid_money)s)",
            centre=difference.centre.display_name
            if difference.centre
            else self.env._("In all"),
            cheques=missing.cheques,
            money=format_number(self.env, missing.amount),
            ordered=difference.ordered.cheques,
            ordered_money=format_number(self.env, difference.ordered.amount),
            paid=difference.paid.cheques,
            paid_money=format_number(self.env, difference.paid.amount),
        )

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for specification in self:
            specification.display_name = (
                f"{specification.name or ''} {specification.partner_id.name or ''}"
            ).strip()

    # === Life ===

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_guarded(vals)
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(
                    "postal.specification"
                )
        specifications = super().create(vals_list)
        self.env["postal.approval"]._check_open(specifications)
        return specifications

    def write(self, vals):
        self._check_not_guarded(vals)
        if SOURCES & vals.keys():
            self._check_changeable()
        result = super().write(vals)
        if "cost_centre_id" in vals:
            # the new cost centre must be his, too
            self.check_access("write")
        if {"cost_centre_id", "period_id"} & vals.keys():
            self.env["postal.approval"]._check_open(self)
        return result

    def _check_not_guarded(self, vals):
        guarded = sorted(GUARDED & {name for name, value in vals.items() if value})
        if guarded and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s are written by the buttons of a specification only.",
                    fields=", ".join(self._fields[name].string for name in guarded),
                )
            )

    def _check_changeable(self):
        """:raises UserError: for what is checked"""
        checked = self.filtered("is_checked")
        if checked:
            raise UserError(
                self.env._(
                    "%(specification)s is checked. Reopen it to change its entries.",
                    specification=checked[0].display_name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_checked(self):
        self._check_changeable()
