from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..tools import changed_days, format_number

SOURCES = {"agreement_id", "date_start", "date_end", "tariff_id"}
"""Fields that segments are made from."""


class BillingAgreementTerm(models.Model):
    """The tariff and parameters of an agreement from–to. An annex writes a new one."""

    _name = "billing.agreement.term"
    _description = "Agreement Term"
    _order = "agreement_id, date_start"
    _check_company_auto = True

    agreement_id = fields.Many2one(
        "billing.agreement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="agreement_id.company_id", store=True)
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To")
    tariff_id = fields.Many2one(
        "billing.tariff", required=True, check_company=True, index=True
    )
    value_ids = fields.One2many(
        "billing.agreement.term.value", "term_id", string="Parameters", copy=True
    )
    modification_id = fields.Many2one(
        "contract.modification",
        string="Annex",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The annex to the contract that wrote these terms.",
    )
    value_text = fields.Char(string="Values", compute="_compute_value_text")

    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_start <= date_end)",
        "A term ends on or after its first day.",
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (agreement_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)",
        "The terms of one agreement must not overlap.",
    )

    @api.depends("value_ids.quantity_type_id", "value_ids.value")
    def _compute_value_text(self):
        for term in self:
            term.value_text = " · ".join(
                f"{value.quantity_type_id.name} "
                f"{format_number(self.env, value.value)} {value.uom_id.name}"
                for value in term.value_ids
                if value.quantity_type_id
            )

    @api.depends("agreement_id", "date_start")
    def _compute_display_name(self):
        for term in self:
            term.display_name = (
                f"{term.agreement_id.code} {format_date(self.env, term.date_start)}"
            )

    # === Segments made from other terms are stale ===

    @api.model_create_multi
    def create(self, vals_list):
        # terms that end to make room for these must have ended for the database
        self.flush_model(["agreement_id", "date_start", "date_end"])
        terms = super().create(vals_list)
        terms._mark_segments_stale()
        return terms

    def write(self, vals):
        if not SOURCES & vals.keys():
            return super().write(vals)
        before = {term: term._get_source() for term in self}
        result = super().write(vals)
        spans = []
        for term, (who, what, days) in before.items():
            now_who, now_what, now_days = term._get_source()
            if (who, what) != (now_who, now_what):
                spans += [(who, *days), (now_who, *now_days)]
            else:
                spans += [(who, *span) for span in changed_days(days, now_days)]
        self.env["billing.segment"]._mark_spans_stale(spans)
        return result

    def _get_source(self):
        """``(agreement id, tariff id, (first day, last day))``"""
        self.ensure_one()
        days = (self.date_start, self.date_end or date.max)
        return self.agreement_id.id, self.tariff_id.id, days

    def unlink(self):
        self._mark_segments_stale()
        return super().unlink()

    def _mark_segments_stale(self):
        """Segments on days of these terms were made from what changes now."""
        self.env["billing.segment"]._mark_spans_stale(
            [(term.agreement_id.id, term.date_start, term.date_end) for term in self]
        )

    @api.constrains("tariff_id", "agreement_id")
    def _check_tariff_allowed(self):
        for term in self:
            allowed = term.agreement_id.type_id.tariff_ids
            if allowed and term.tariff_id not in allowed:
                raise ValidationError(
                    self.env._(
                        "Tariff %(tariff)s is not allowed for agreements of type "
                        "%(type)s. Allowed: %(allowed)s.",
                        tariff=term.tariff_id.display_name,
                        type=term.agreement_id.type_id.display_name,
                        allowed=", ".join(allowed.mapped("display_name")),
                    )
                )
