from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

SIMILAR = 0.5
"""From this similarity of words on (pg_trgm, 0 to 1) a name or address is found."""
SHORTEST = 3
"""Numbers are found by their beginning, from so many characters on."""

DEPOSIT = ("type_id.algorithm", "=", "deposit")

COUNTED = {
    "billing_contract_count": ("contract.contract", "commercial_partner_id"),
    "billing_annex_count": ("contract.modification", "partner_id"),
    "billing_segment_count": ("billing.segment", "partner_id"),
    "billing_document_count": ("billing.document", "partner_id"),
    "billing_deposit_count": ("billing.charge", "partner_id", DEPOSIT),
    "billing_returned_debit_count": ("billing.returned.debit", "partner_id"),
    "billing_termination_count": ("billing.termination", "partner_id"),
}
"""What the file counts: model, field of the customer, leaves of a domain."""


class ResPartner(models.Model):
    """The customer's file: all of him one click away, found by any word."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    billing_contract_count = fields.Integer(compute="_compute_billing_file")
    billing_annex_count = fields.Integer(compute="_compute_billing_file")
    billing_segment_count = fields.Integer(compute="_compute_billing_file")
    billing_document_count = fields.Integer(compute="_compute_billing_file")
    billing_deposit_count = fields.Integer(compute="_compute_billing_file")
    billing_returned_debit_count = fields.Integer(compute="_compute_billing_file")
    billing_termination_count = fields.Integer(compute="_compute_billing_file")
    billing_search = fields.Char(
        string="Name, Number, Address",
        store=False,
        search="_search_billing_search",
        help="Any number of the customer, his contracts, points or invoices, his "
        "name or address, also misspelt.",
    )

    def _compute_billing_file(self):
        customers = self.commercial_partner_id
        for name, (model, field, *domain) in COUNTED.items():
            counts = {}
            if self.env[model].has_access("read"):
                counts = dict(
                    self.env[model]._read_group(
                        [(field, "in", customers.ids), *domain], [field], ["__count"]
                    )
                )
            for partner in self:
                partner[name] = counts.get(partner.commercial_partner_id, 0)

    # === Search ===

    @api.model
    def _search_billing_search(self, operator, value):
        if operator not in ("ilike", "=", "in") or not value:
            return NotImplemented
        texts = [value] if isinstance(value, str) else value
        return Domain.OR(
            Domain("id", "in", self._find_by_any(text.strip())) for text in texts
        )

    @api.model
    def _find_by_any(self, text):
        """A query of the customers that a text may mean.

        Numbers count from their beginning; names and addresses may be misspelt. What
        the user may not see is left out by whoever searches with it.
        """
        sources = self._get_text_sources(text)
        if len(text) >= SHORTEST:
            pattern = text.replace("\\", "").replace("%", "").replace("_", r"\_") + "%"
            sources += self._get_number_sources(pattern)
        for model in ("res.partner", *self._get_searched_models()):
            self.env[model].flush_model()
        return SQL("(%s)", SQL(" UNION ").join(sources))

    @api.model
    def _get_searched_models(self):
        return [
            "billing.account",
            "billing.agreement",
            "contract.contract",
            "account.move",
        ]

    @api.model
    def _get_text_sources(self, text):
        return [
            SQL(
                """
                SELECT commercial_partner_id FROM res_partner
                 WHERE word_similarity(%(text)s, name) >= %(similar)s
                    OR word_similarity(%(text)s, concat_ws(' ', street, zip, city))
                       >= %(similar)s
                    OR email ILIKE %(any)s
                """,
                text=text,
                similar=SIMILAR,
                any=f"%{text}%",
            )
        ]

    @api.model
    def _get_number_sources(self, pattern):
        """Statements that give ids of customers by a number; add-ons add theirs.

        :param str pattern: for ILIKE
        """
        return [
            SQL(
                """
                SELECT commercial_partner_id FROM res_partner
                 WHERE ref ILIKE %(number)s OR vat ILIKE %(number)s
                    OR vat ILIKE '__' || %(number)s
                    OR company_registry ILIKE %(number)s OR phone ILIKE %(number)s
                """,
                number=pattern,
            ),
            SQL(
                "SELECT commercial_partner_id FROM billing_account WHERE code ILIKE %s",
                pattern,
            ),
            SQL(
                "SELECT partner_id FROM billing_agreement WHERE code ILIKE %s", pattern
            ),
            SQL(
                "SELECT commercial_partner_id FROM contract_contract"
                " WHERE code ILIKE %s",
                pattern,
            ),
            SQL(
                "SELECT commercial_partner_id FROM account_move"
                " WHERE move_type IN ('out_invoice', 'out_refund') AND name ILIKE %s",
                pattern,
            ),
        ]

    # === Buttons ===

    def action_view_billing_contracts(self):
        return self._action_view_file(
            "contract.action_customer_contract", "commercial_partner_id"
        )

    def action_view_billing_segments(self):
        return self._action_view_file("billing_base.billing_segment_action")

    def action_view_billing_documents(self):
        return self._action_view_file("billing_base.billing_document_action")

    def action_view_billing_annexes(self):
        return self._action_view_file("billing_base.contract_modification_action")

    def action_view_billing_deposits(self):
        action = self._action_view_file("billing_base.billing_charge_action")
        action["name"] = self.env._("Deposits of %(customer)s", customer=self.name)
        action["domain"].append(DEPOSIT)
        return action

    def action_view_billing_returned_debits(self):
        return self._action_view_file("billing_base.billing_returned_debit_action")

    def action_view_billing_terminations(self):
        return self._action_view_file("billing_base.billing_termination_action")

    def _action_view_file(self, xmlid, field="partner_id"):
        customer = self.commercial_partner_id
        action = self._action_open_billing(xmlid)
        action["domain"] = [(field, "=", customer.id)]
        action["context"] = {"default_partner_id": customer.id}
        return action
