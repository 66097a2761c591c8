from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

FIXED = {
    "agreement_domain",
    "amount",
    "company_id",
    "date_start",
    "digits",
    "from_tariff_id",
    "kind",
    "percent",
    "product_ids",
    "quantity_type_id",
    "tariff_id",
    "told_on",
    "value",
}
"""What a preview was made from; it changes no more once it is applied."""


class BillingTermsChange(models.Model):
    """Other terms for many agreements from a day on: a tariff, prices, a parameter.

    Planned and shown first; applied in sets, all of it or nothing.
    """

    _name = "billing.terms.change"
    _description = "Bulk Price Change"
    _inherit = ["mail.thread"]
    _order = "date_start desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, help="Stands in the annex of each agreement.")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    agreement_domain = fields.Char(
        string="Selection", default="[]", help="Empty means all agreements."
    )
    from_tariff_id = fields.Many2one(
        "billing.tariff",
        string="Only with Tariff",
        check_company=True,
        ondelete="restrict",
        help="The tariff in force on the first day.",
    )
    date_start = fields.Date(
        string="Valid From",
        required=True,
        default=lambda self: date(fields.Date.context_today(self).year + 1, 1, 1),
        tracking=True,
    )
    told_on = fields.Date(
        string="Customers Are Told On",
        required=True,
        default=fields.Date.context_today,
        help="The date of the letters. The contract's days of notice lie between it "
        "and the first day.",
    )
    kind = fields.Selection(
        [
            ("tariff", "Another tariff"),
            ("price", "New prices of the present tariff"),
            ("parameter", "A parameter"),
        ],
        string="What Changes",
        default="price",
        required=True,
        tracking=True,
    )
    tariff_id = fields.Many2one(
        "billing.tariff", string="New Tariff", check_company=True, ondelete="restrict"
    )
    percent = fields.Float(string="Change in %", digits=(8, 4))
    amount = fields.Float(
        string="Change by Amount",
        digits="Billing Price",
        min_display_digits=2,
        aggregator=None,
        help="Added to each price, after the percentage.",
    )
    digits = fields.Integer(string="Decimals", default=6, required=True)
    product_ids = fields.Many2many(
        "product.product",
        string="Only Charges of",
        check_company=True,
        help="Charges of other products keep their prices. Empty: all charges.",
    )
    quantity_type_id = fields.Many2one(
        "billing.quantity.type",
        string="Parameter",
        domain="[('kind', '=', 'level')]",
        ondelete="restrict",
    )
    value = fields.Float(
        string="New Value", digits="Product Unit", min_display_digits=2, aggregator=None
    )
    line_ids = fields.One2many(
        "billing.terms.change.line", "change_id", string="Agreements", readonly=True
    )
    price_ids = fields.One2many(
        "billing.terms.change.price", "change_id", string="Prices", readonly=True
    )
    text = fields.Text(
        string="Closing Text",
        translate=True,
        help="Stands in the letters below the new prices: the right to terminate, "
        "until when and how.",
    )
    letter_ids = fields.One2many("billing.terms.letter", "change_id", readonly=True)
    letter_count = fields.Integer(string="Letters", compute="_compute_letter_count")
    ready_count = fields.Integer(string="Changed", compute="_compute_counts")
    refused_count = fields.Integer(string="Refused", compute="_compute_counts")
    state = fields.Selection(
        [("draft", "Draft"), ("planned", "Previewed"), ("done", "Applied")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )

    _tariff_given = models.Constraint(
        "CHECK (kind <> 'tariff' OR tariff_id IS NOT NULL)", "Choose the new tariff."
    )
    _price_given = models.Constraint(
        "CHECK (kind <> 'price' OR COALESCE(percent, 0) <> 0"
        " OR COALESCE(amount, 0) <> 0)",
        "Enter by how much the prices change.",
    )
    _parameter_given = models.Constraint(
        "CHECK (kind <> 'parameter' OR quantity_type_id IS NOT NULL)",
        "Choose the parameter.",
    )
    _told_before = models.Constraint(
        "CHECK (told_on <= date_start)",
        "Customers are told before the new terms begin.",
    )
    _digits_range = models.Constraint(
        "CHECK (digits BETWEEN 0 AND 8)", "Prices have at most 8 decimals."
    )

    @api.depends("line_ids.state")
    def _compute_counts(self):
        counts = {
            (change.id, state): count
            for change, state, count in self.env[
                "billing.terms.change.line"
            ]._read_group(
                [("change_id", "in", self.ids)], ["change_id", "state"], ["__count"]
            )
        }
        for change in self:
            change.refused_count = counts.get((change.id, "refused"), 0)
            change.ready_count = counts.get((change.id, "ready"), 0)

    @api.depends("letter_ids")
    def _compute_letter_count(self):
        counts = dict(
            self.env["billing.terms.letter"]._read_group(
                [("change_id", "in", self.ids)], ["change_id"], ["__count"]
            )
        )
        for change in self:
            change.letter_count = counts.get(change, 0)

    def write(self, vals):
        if FIXED & vals.keys():
            for change in self:
                if change.state == "done":
                    raise UserError(
                        self.env._(
                            "%(change)s is applied. Make another one.",
                            change=change.display_name,
                        )
                    )
            # what was shown is no longer what would be done
            vals = {**vals, "state": "draft"}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if "done" in self.mapped("state"):
            raise UserError(self.env._("A price change that is applied stays."))

    def _check_may_change(self):
        self.env["res.users"]._check_may("maintain")
        if "price" in self.mapped("kind"):
            self.env["res.users"]._check_may("price")

    def _get_agreement_query(self):
        """Query of the agreements selected; the rules of the user who asks apply."""
        self.ensure_one()
        try:
            selection = Domain(safe_eval(self.agreement_domain or "[]"))
        except (ValueError, TypeError, SyntaxError) as error:
            raise UserError(
                self.env._(
                    "The selection of %(name)s cannot be read: %(error)s",
                    name=self.name,
                    error=error,
                )
            ) from error
        return self.env["billing.agreement"]._search(
            Domain("company_id", "=", self.company_id.id) & selection
        )

    # === Preview ===

    def action_preview(self):
        """Say which agreements change and which prices; nothing else is written."""
        self.ensure_one()
        self._check_may_change()
        self._lock()
        if self.amount and self.kind == "price" and not self.product_ids:
            raise UserError(
                self.env._(
                    "An amount is not added to every charge alike. Choose the products "
                    "whose charges change by it."
                )
            )
        own = self.sudo()
        own.price_ids.unlink()
        own.line_ids._plan(self)
        own.price_ids._plan(self)
        own.state = "planned"
        return True

    def _lock(self):
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        if self.state == "done":
            raise UserError(
                self.env._(
                    "%(change)s is applied. Make another one.",
                    change=self.display_name,
                )
            )

    # === Doing it ===

    def action_apply(self):
        """Write the terms and an annex of each agreement, all of them or none.

        :raises UserError: where the preview is not what would be done now
        """
        self.ensure_one()
        self._check_may_change()
        self._lock()
        if self.state != "planned" or self.line_ids._is_outdated(self):
            self._raise_outdated()
        if not self.ready_count:
            raise UserError(self.env._("No agreement of the selection can be changed."))
        if self.kind == "price":
            self._change_prices()
        self.sudo().line_ids._apply(self)
        self.sudo().state = "done"
        return True

    def _raise_outdated(self):
        raise UserError(
            self.env._("Agreements or prices changed since the preview. Preview again.")
        )

    def _change_prices(self):
        """New versions of the tariffs' prices. Where agreements that stay as they are
        have the same tariff, its copy gets the new prices instead."""
        tariffs = self.price_ids.tariff_id
        shared = self.line_ids._get_shared_tariffs(self)
        for tariff in tariffs:
            versions = self._prepare_versions(tariff)
            shown = self.price_ids.filtered(lambda row, t=tariff: row.tariff_id == t)
            if set(shown.price_id) != set(versions):
                self._raise_outdated()
            if tariff in shared:
                self._copy_tariff(tariff, versions)
            else:
                tariff._add_versions(versions)
        self.sudo().price_ids._find_new()

    def _prepare_versions(self, tariff):
        """``{billing.tariff.price: values of its successor}`` of the charges that
        change."""
        prices = tariff._get_versions_to_change(self.date_start).filtered(
            lambda price: (
                price.basis not in ("percent", "index")
                and (not price.date_end or price.date_end >= self.date_start)
                and (
                    not self.product_ids or price.item_id.product_id in self.product_ids
                )
            )
        )
        return {
            price: price._prepare_version(
                self.date_start, self.percent, self.digits, self.amount
            )
            for price in prices.sorted(lambda p: (p.item_id.sequence, p.item_id.id))
        }

    def _copy_tariff(self, tariff, versions):
        """The tariff again with new prices; the charges that stay keep theirs."""
        kept = (
            tariff.item_ids.price_ids
            - self.env["billing.tariff.price"].union(*versions)
        ).filtered(lambda p: not p.date_end or p.date_end >= self.date_start)
        copies = {
            price: price.copy_data(
                {
                    "date_start": max(price.date_start, self.date_start),
                    "date_end": price.date_end,
                }
            )[0]
            for price in kept
        }
        copy = tariff._copy_tree(
            self.env._(
                "%(tariff)s from %(date)s",
                tariff=tariff.name,
                date=fields.Date.to_string(self.date_start),
            ),
            f"{tariff.code}-{self.id}",
            {**versions, **copies},
        )
        lines = self.sudo().line_ids.filtered(
            lambda line: line.state == "ready" and line.tariff_id == tariff
        )
        lines.write({"new_tariff_id": copy.id})
        # the copy is allowed where its original was; types are kept by others
        types = lines.agreement_id.type_id.filtered("tariff_ids").sudo()
        types.write({"tariff_ids": [fields.Command.link(copy.id)]})
        return copy

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_terms_change_line_action"
        )
        return {**action, "domain": [("change_id", "=", self.id)]}

    # === Letters ===

    def action_make_letters(self):
        """Make the letter of each customer, once; they wait in the deliveries."""
        self.ensure_one()
        self.env["res.users"]._check_may("send")
        self.lock_for_update()
        if self.state != "done":
            raise UserError(
                self.env._("Apply the change first: letters tell what was written.")
            )
        self.env["billing.terms.letter"]._make(self)
        return self.action_view_letters()

    def action_view_letters(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_terms_letter_action"
        )
        return {**action, "domain": [("change_id", "=", self.id)]}
