from decimal import Decimal
from itertools import islice

from psycopg2.extras import execute_values

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date, split_every

from odoo.addons.account.models.account_move import PAYMENT_STATE_SELECTION

PIECE = 2000
"""Claims stored and deleted at a time: the memory needed does not grow with them."""


class BillingInterestClaim(models.Model):
    """Late interest claimed of one customer; posted, it is an interest note."""

    _name = "billing.interest.claim"
    _description = "Interest Claim"
    _inherit = ["mail.thread"]
    _order = "date_end desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    policy_id = fields.Many2one(
        "billing.interest.policy",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    date_end = fields.Date(string="Interest To", required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    state = fields.Selection(
        [("draft", "Draft"), ("posted", "Posted"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        tracking=True,
    )
    line_ids = fields.One2many(
        "billing.interest.line", "claim_id", string="Days", readonly=True
    )
    invoice_ids = fields.One2many(
        "account.move", "interest_claim_id", string="Interest Notes", readonly=True
    )
    invoice_id = fields.Many2one(
        "account.move", string="Interest Note", compute="_compute_invoice_id"
    )
    payment_state = fields.Selection(
        PAYMENT_STATE_SELECTION, compute="_compute_invoice_id"
    )

    # one draft at a time: counting again replaces it
    _one_draft = models.UniqueIndex(
        "(company_id, partner_id, currency_id, policy_id) WHERE state = 'draft'",
        "There is a draft claim of this customer already.",
    )

    @api.depends("invoice_ids.payment_state")
    def _compute_invoice_id(self):
        for claim in self:
            claim.invoice_id = claim.invoice_ids[:1]
            claim.payment_state = claim.invoice_id.payment_state

    @api.depends("partner_id", "date_end", "invoice_ids.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for claim in self:
            number = claim.invoice_id.name
            claim.display_name = self.env._(
                "%(what)s to %(date)s",
                what=number or claim.partner_id.name or "",
                date=format_date(self.env, claim.date_end),
            )

    # === Making ===

    @api.model
    def _make_drafts(self, company, until, partners=None):
        """Count the interest not claimed yet; replaces the drafts there are.

        :return: the billing.interest.claim made
        """
        domain = [("company_id", "=", company.id), ("state", "=", "draft")]
        if partners is not None:
            domain.append(("partner_id", "in", partners.ids))
        self._unlink_in_pieces(self.search(domain).ids)
        found = self.env["billing.interest.calculator"]._iter_claims(
            company, until, partners
        )
        made = []
        while piece := list(islice(found, PIECE)):
            made += self._store_drafts(company, until, piece)
        return self.browse(made)

    @api.model
    def _unlink_in_pieces(self, claim_ids):
        for piece in split_every(PIECE, claim_ids):
            self.browse(piece).unlink()
            self.env.flush_all()
            self.env.invalidate_all(flush=False)

    @api.model
    def _store_drafts(self, company, until, found):
        """Store what ``_iter_claims`` counted by two statements, and forget it.

        A draft has nothing in its chatter, so the ORM has nothing to add.

        :return: ids of the billing.interest.claim made
        """
        self.check_access("create")
        now = self.env.cr.now()
        rows = execute_values(
            self.env.cr._obj,
            """
            INSERT INTO billing_interest_claim (
                   partner_id, currency_id, policy_id, company_id, date_end, amount,
                   state, create_uid, create_date, write_uid, write_date)
            VALUES %s RETURNING id
            """,
            [
                (
                    *key,
                    company.id,
                    until,
                    sum((line.amount for _debt, line in lines), Decimal()),
                    "draft",
                    self.env.uid,
                    now,
                    self.env.uid,
                    now,
                )
                for key, lines in found
            ],
            page_size=len(found),
            fetch=True,
        )
        claim_ids = [row[0] for row in rows]
        self.env["billing.interest.line"]._insert(
            company,
            [
                (claim_id, debt, line)
                for claim_id, (_key, lines) in zip(claim_ids, found, strict=True)
                for debt, line in lines
            ],
        )
        self.env.invalidate_all(flush=False)
        return claim_ids

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if any(claim.state != "draft" for claim in self):
            raise UserError(
                self.env._("A claim that was posted stays. Cancel it instead.")
            )

    # === Life ===

    def action_post(self):
        """Make and post the interest notes of draft claims."""
        self.env["res.users"]._check_may("collect")
        drafts = self.filtered(lambda claim: claim.state == "draft")
        moves = self.env["account.move"].create(
            [claim._prepare_note() for claim in drafts]
        )
        moves.action_post()
        drafts.state = "posted"
        return self.env["billing.segment"]._action_open_moves(moves)

    def action_cancel(self):
        """Take posted claims back by credit notes; their days can be claimed again."""
        posted = self.filtered(lambda claim: claim.state == "posted")
        notes = posted.invoice_ids.filtered(lambda move: move.state == "posted")
        notes._reverse_moves(cancel=True)
        (self - posted).filtered(lambda claim: claim.state == "draft").unlink()

    @api.model
    def _claim(self, company, until, found):
        """Claim counted interest at once, by interest notes.

        Drafts of the same customers are dropped: they would claim these days again.

        :param found: of ``billing.interest.calculator._iter_claims``
        :return: the posted billing.interest.claim
        """
        if not found:
            return self
        self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "draft"),
                ("partner_id", "in", [key[0] for key, _lines in found]),
            ]
        ).unlink()
        claims = self.browse(self._store_drafts(company, until, found))
        claims.action_post()
        return claims

    def _set_cancelled(self):
        """Their interest note was reversed."""
        self.line_ids.is_cancelled = True
        self.state = "cancelled"

    def _prepare_note(self):
        """Values of the interest note: a line for each stretch of days."""
        self.ensure_one()
        policy, product = self.policy_id, self.policy_id.product_id
        account = product.product_tmpl_id.get_product_accounts()["income"]
        taxes = product.taxes_id.filtered_domain(
            self.env["account.tax"]._check_company_domain(self.company_id)
        )
        return {
            "move_type": "out_invoice",
            "company_id": self.company_id.id,
            "journal_id": policy.journal_id.id,
            "partner_id": self.partner_id.address_get(["invoice"])["invoice"],
            "currency_id": self.currency_id.id,
            "invoice_date": self.date_end,
            "invoice_payment_term_id": policy.payment_term_id.id,
            # without terms Odoo would take the day on which it is made
            "invoice_date_due": self.date_end,
            "interest_claim_id": self.id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": product.id,
                        "name": line._describe(),
                        "quantity": 1,
                        "price_unit": line.amount,
                        "account_id": account.id,
                        "tax_ids": [Command.set(taxes.ids)],
                    }
                )
                for line in self.line_ids
            ],
        }
