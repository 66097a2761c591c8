from decimal import Decimal
from functools import partial

from odoo import api, fields, models

from ..rating import to_decimal
from ..tools import format_number


class BillingSegment(models.Model):
    """What a segment was made from, and how it differs from what it replaces."""

    _inherit = "billing.segment"

    source_html = fields.Html(
        string="Made From", compute="_compute_source_html", sanitize=False
    )
    comparison_html = fields.Html(
        string="Difference", compute="_compute_comparison_html", sanitize=False
    )

    @api.depends("snapshot")
    @api.depends_context("lang")
    def _compute_source_html(self):
        for segment in self:
            segment.source_html = segment.snapshot and self.env["ir.qweb"]._render(
                "billing_base.segment_source", segment._prepare_source_values()
            )

    def _prepare_source_values(self):
        """The snapshot for reading: names in place of codes and ids."""
        self.ensure_one()
        snapshot = self.snapshot
        types = {
            quantity_type.code: quantity_type.name
            for quantity_type in self.env["billing.quantity.type"].search([])
        }
        terms = (
            self.env["billing.agreement.term"]
            .browse(term["id"] for term in snapshot["terms"])
            .exists()
        )
        tariffs = {term.id: term.tariff_id.name for term in terms}
        return {
            "segment": self,
            "charge": snapshot.get("charge"),
            "terms": [
                {
                    "from": fields.Date.to_date(term["from"]),
                    "to": fields.Date.to_date(term["to"]),
                    "tariff": tariffs.get(term["id"], term["tariff"]),
                }
                for term in snapshot["terms"]
            ],
            "quantities": [
                {
                    "name": types.get(quantity["code"], quantity["code"]),
                    "from": fields.Date.to_date(quantity["from"]),
                    "to": fields.Date.to_date(quantity["to"]),
                    "value": format_number(self.env, quantity["value"]),
                    "unit": quantity["unit"],
                    "source": self._describe_source(quantity),
                }
                for quantity in snapshot["quantities"]
            ],
        }

    def _describe_source(self, quantity):
        """Where a quantity of the snapshot came from, in the user's words.

        :param dict quantity: as ``_snapshot`` of the generator writes it; add-ons
            whose quantities come from readings or messages say so here
        """
        if "term" in (quantity["source"] or {}):
            return self.env._("Terms of the agreement")
        return ""

    @api.depends("replaces_id", "line_ids.amount")
    @api.depends_context("lang")
    def _compute_comparison_html(self):
        for segment in self:
            segment.comparison_html = (
                segment._render_comparison() if segment.replaces_id else False
            )

    def _render_comparison(self):
        self.ensure_one()
        difference = to_decimal(self.amount) - to_decimal(self.replaces_id.amount)
        return self.env["ir.qweb"]._render(
            "billing_base.segment_comparison",
            {
                "segment": self,
                "rows": self._prepare_comparison_rows(),
                "number": partial(format_number, self.env),
                "difference": float(difference),
            },
        )

    def _prepare_comparison_rows(self):
        """Lines of the replaced segment beside those of this one.

        :return: ``[{"name", "old", "new", "difference"}, …]``, a row for each charge;
            old and new are its billing.segment.line, none where it is missing
        """
        self.ensure_one()

        def by_charge(lines):
            return lines.grouped(
                lambda line: line.item_id.id or (line.product_id.id, line.name)
            )

        none = self.env["billing.segment.line"]
        old, new = by_charge(self.replaces_id.line_ids), by_charge(self.line_ids)
        rows = []
        for key in dict.fromkeys([*old, *new]):
            before, after = old.get(key, none), new.get(key, none)
            total = sum((to_decimal(line.amount) for line in after), Decimal())
            total -= sum((to_decimal(line.amount) for line in before), Decimal())
            rows.append(
                {
                    "name": (after or before)[0].name,
                    "old": before,
                    "new": after,
                    "difference": float(total),
                }
            )
        return rows
