from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from odoo.addons.billing_base.models.billing_segment import DEAD_STATES, OPEN_STATES
from odoo.addons.billing_base.rating import to_decimal
from odoo.addons.billing_base.tools import format_number

from ..postage import Count, differences
from .billing_agreement_type import KINDS
from .postal_draft import specification_draft


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
        return self.env["billing.period"].search(
            [("is_active", "=", True), ("company_id", "=", self.env.company.id)],
            limit=1,
        )

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
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(
                    "postal.specification"
                )
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if "cost_centre_id" in vals:
            # the new cost centre must be his, too
            self.check_access("write")
        return result

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

    def action_check(self):
        """Take the prices anew, see that all is right, and lock the entries."""
        open_ones = self.filtered(lambda spec: not spec.is_checked)
        for period in open_ones.period_id:
            period._check_open()
        open_ones._make_direct_agreements()
        open_ones.line_ids._price()
        for specification in open_ones:
            specification._check_complete()
        open_ones.is_checked = True
        self.env["postal.fund.entry"].sudo()._add_paid(open_ones)
        return True

    def _make_direct_agreements(self):
        """Give partners of direct sales the agreement they are billed by.

        Who buys at the counter has no contract yet: account, contract and agreement
        are made from the one agreement type for direct sales and its price list.
        """
        for specification in self.filtered(
            lambda spec: spec.kind == "direct" and not spec.agreement_id
        ):
            company = specification.company_id
            types = self.env["billing.agreement.type"].search(
                [("postal_kind", "=", "direct"), ("company_id", "=", company.id)]
            )
            profile = self.env["billing.profile"].search(
                [("company_id", "=", company.id)], limit=1
            )
            if len(types) != 1 or len(types.tariff_ids) != 1 or not profile:
                continue  # _check_complete says what is missing
            partner = specification.partner_id
            account = partner.commercial_partner_id.billing_account_ids[:1] or self.env[
                "billing.account"
            ].create(
                {
                    "code": f"{specification.name}",
                    "partner_id": partner.id,
                    "profile_id": profile.id,
                    "company_id": company.id,
                }
            )
            first = specification.period_id.date_start
            specification.agreement_id = self.env["billing.agreement"].create(
                {
                    "code": f"{specification.name}",
                    "account_id": account.id,
                    "contract_id": self.env["contract.contract"]
                    .create(
                        {
                            "name": self.env._("Direct sales"),
                            "partner_id": partner.id,
                            "company_id": company.id,
                        }
                    )
                    .id,
                    "type_id": types.id,
                    "company_id": company.id,
                    "date_start": first,
                    "term_ids": [
                        Command.create(
                            {"date_start": first, "tariff_id": types.tariff_ids.id}
                        )
                    ],
                }
            )

    def _check_complete(self):
        """:raises UserError: naming what is missing or does not agree"""
        self.ensure_one()
        problem = ""
        if not self.agreement_id:
            problem = self.env._(
                "%(partner)s has no agreement for “%(kind)s” in %(period)s. Enter the "
                "contract and its agreement first.",
                partner=self.partner_id.display_name,
                kind=dict(self._fields["kind"]._description_selection(self.env))[
                    self.kind
                ],
                period=self.period_id.display_name,
            )
        elif not self.line_ids.filtered(lambda line: line.quantity or line.money):
            problem = self.env._("There are no entries.")
        elif self.problem_count:
            line = self.line_ids.filtered("problem")[0]
            problem = f"{line.item_id.display_name}: {line.problem}"
        elif self.difference_text and not self.waive_reason:
            problem = self.env._(
                "The items do not agree with the principal's list. Correct them, or "
                "have the difference waived:\n%(differences)s",
                differences=self.difference_text,
            )
        if problem:
            raise UserError(
                self.env._(
                    "%(specification)s cannot be checked. %(problem)s",
                    specification=self.display_name,
                    problem=problem,
                )
            )

    def action_reopen(self):
        """Back to draft; what is on an invoice stays there."""
        segments = self.sudo().segment_ids.filtered(
            lambda segment: segment.state not in ("cancelled",)
        )
        billed = segments.filtered(
            lambda segment: segment.invoice_id or segment.state not in OPEN_STATES
        )
        if billed:
            raise UserError(
                self.env._(
                    "%(specification)s is on %(invoice)s. Cancel its segment or delete "
                    "the draft first.",
                    specification=billed[0].specification_id.display_name,
                    invoice=billed[0].invoice_id.display_name,
                )
            )
        segments.unlink()
        self.env["postal.fund.entry"].sudo()._drop_paid(self)
        self.write({"is_checked": False, "waive_reason": False, "waived_by_id": False})

    def _waive(self, reason):
        """Let payouts be checked although their totals disagree.

        :raises AccessError: without the permission to waive
        """
        if not self.env.user.has_group("billing_base.group_billing_waive"):
            raise AccessError(
                self.env._("Waiving a difference needs the permission to waive.")
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the difference is waived."))
        for specification in self.filtered("difference_text"):
            specification.message_post(
                body=self.env._(
                    "Waived: %(difference)s Reason: %(reason)s",
                    difference=specification.difference_text,
                    reason=reason,
                )
            )
        self.write({"waive_reason": reason.strip(), "waived_by_id": self.env.uid})

    # === Segments and invoices ===

    @api.model
    def _get_due(self, agreements, period):
        """Checked specifications of the agreements to bill in the period."""
        return self.search(
            [
                ("agreement_id", "in", agreements.ids),
                ("period_id", "=", period.id),
                ("is_checked", "=", True),
            ]
        )

    def _make_segments(self):
        """A segment for each checked specification that has none yet.

        Those with the same inputs are left alone; the source key lets the database
        refuse a second one.

        :return: the billing.segment made or made anew
        """
        generator = self.env["billing.generator"]
        specifications = self.filtered("is_checked")
        existing, blocked = {}, set()
        for segment in specifications.segment_ids:
            key = ("specification", segment.specification_id.id)
            if segment.state in DEAD_STATES:
                continue
            if segment.state in OPEN_STATES and not segment.invoice_id:
                existing[key] = segment
            else:
                blocked.add(key)
        due = specifications.filtered(
            lambda spec: ("specification", spec.id) not in blocked
        )
        priced = due.line_ids._get_priced()
        drafts = [specification_draft(spec, priced) for spec in due]
        changed, _unchanged = generator._split_unchanged(drafts, existing)
        segments = generator._store(changed, existing)
        if segments:
            self.env["billing.check"]._run(segments)
        return segments

    def action_make_segments(self):
        self.action_check()
        segments = self._make_segments()
        segments._refresh_figures()
        return self.action_view_segments()

    def action_invoice(self):
        """Check, make the segments and post the invoices of the selection at once."""
        return self._make_invoices(is_posted=True)

    def action_make_draft(self):
        """The same, but left as drafts: pro-formas until they are posted."""
        return self._make_invoices(is_posted=False)

    def _make_invoices(self, is_posted):
        self.action_check()
        self._make_segments()
        ready = self.segment_ids.filtered(
            lambda segment: segment.state == "ready" and not segment.invoice_id
        )
        invoicer = self.env["billing.invoicer"]
        moves = invoicer._create_invoices(ready)
        if not moves:
            raise UserError(
                self.env._(
                    "Nothing to invoice: the specifications are on invoices already, "
                    "or their bills are held back by a finding."
                )
            )
        if is_posted:
            invoicer._post(moves)
        else:
            moves._make_proforma()
        return ready._action_open_moves(moves)

    # === Screens ===

    def action_view_segments(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_action"
        )
        action["domain"] = [("specification_id", "in", self.ids)]
        action["context"] = {}
        return action

    def action_view_invoices(self):
        return self.sudo().segment_ids._action_open_moves(self.invoice_ids)

    def action_fetch_last(self):
        """The services of the partner's last specification here, without quantities."""
        self.ensure_one()
        self._check_changeable()
        last = self.search(
            [
                ("kind", "=", self.kind),
                ("partner_id", "=", self.partner_id.id),
                ("cost_centre_id", "=", self.cost_centre_id.id),
                ("period_id.date_end", "<", self.period_id.date_start),
                ("id", "!=", self.id),
            ],
            order="period_id desc, id desc",
            limit=1,
        )
        known = set(self.line_ids.mapped("item_id.id"))
        lines = last.line_ids.filtered(
            lambda line: line.item_id.active and line.item_id.id not in known
        )
        self.env["postal.specification.line"].create(
            [
                {**line._prepare_copy(keeps_quantities=False), **{
                    "specification_id": self.id}}
                for line in lines
            ]
        )  # fmt: skip
        return True
