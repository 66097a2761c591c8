from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import format_number


class BillingTermsChangePrice(models.Model):
    """A price of a tariff before and after a bulk change."""

    _name = "billing.terms.change.price"
    _description = "Price of a Price Change"
    _order = "change_id, tariff_id, sequence, id"

    change_id = fields.Many2one(
        "billing.terms.change", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True)
    sequence = fields.Integer()
    tariff_id = fields.Many2one("billing.tariff", required=True, ondelete="cascade")
    item_id = fields.Many2one(
        "billing.tariff.item", string="Charge", required=True, ondelete="cascade"
    )
    price_id = fields.Many2one("billing.tariff.price", string="Price Before")
    new_price_id = fields.Many2one("billing.tariff.price", string="Price After")
    old_text = fields.Char(string="Now", compute="_compute_old_text")
    new_text = fields.Char(string="New", help="As it was previewed.")
    agreement_count = fields.Integer(string="Agreements")

    @api.depends("price_id")
    @api.depends_context("lang")
    def _compute_old_text(self):
        for row in self:
            row.old_text = row._describe(row.price_id)

    def _describe(self, price):
        """A price in the language of the environment; empty without one."""
        if not price:
            return ""
        if price.band_ids:
            return price.band_text
        text = price.formula or format_number(self.env, price.price)
        return f"{text} %" if price.basis == "percent" else text

    def _describe_values(self, values):
        """The same of values of ``_prepare_version``."""
        bands = [band for _command, _id, band in values.get("band_ids") or ()]
        if bands:
            made = (self.env["billing.tariff.band"].new(band) for band in bands)
            return " · ".join(band._describe() for band in made)
        return format_number(self.env, values["price"])

    def _plan(self, change):
        """The prices of a change, by tariff of its agreements."""
        lines = self.env["billing.terms.change.line"]
        counts = lines._read_group(
            [("change_id", "=", change.id), ("state", "=", "ready")],
            ["tariff_id"],
            ["__count"],
        )
        prepare = {"price": self._prepare_changed, "tariff": self._prepare_exchanged}
        if change.kind not in prepare:
            return
        rows = [
            {
                "change_id": change.id,
                "company_id": change.company_id.id,
                "tariff_id": tariff.id,
                "agreement_count": count,
                "sequence": sequence,
                **row,
            }
            for tariff, count in counts
            for sequence, row in enumerate(prepare[change.kind](change, tariff))
        ]
        planned = self.env["billing.terms.change.price"].sudo().create(rows)
        if change.kind == "price":
            lines._refuse_unpriced(change, planned.tariff_id)

    def _prepare_changed(self, change, tariff):
        for price, values in change._prepare_versions(tariff).items():
            yield {
                "item_id": price.item_id.id,
                "price_id": price.id,
                "new_text": self._describe_values(values),
            }

    def _prepare_exchanged(self, change, tariff):
        """Charges of both tariffs by their codes, those of the new one first."""
        old, new = (
            {
                price.item_id.code: price
                for price in side.item_ids.price_ids
                if price.date_start <= change.date_start
                and (not price.date_end or price.date_end >= change.date_start)
            }
            for side in (tariff, change.tariff_id)
        )
        for code in dict.fromkeys((*new, *old)):
            before, after = (
                side.get(code, self.env["billing.tariff.price"]) for side in (old, new)
            )
            yield {
                "item_id": (after or before).item_id.id,
                "price_id": before.id,
                "new_price_id": after.id,
                "new_text": self._describe(after),
            }

    def _find_new(self):
        """The versions that were written, in the tariff or in its copy."""
        for change, rows in self.grouped("change_id").items():
            moved = {
                line.tariff_id: line.new_tariff_id
                for line in change.line_ids
                if line.state == "ready"
            }
            written = {
                (price.tariff_id, price.item_id.code): price
                for price in self.env["billing.tariff"]
                .union(*(moved[row.tariff_id] for row in rows))
                .item_ids.price_ids
                if price.date_start == change.date_start
            }
            found = [
                (row.id, written.get((moved[row.tariff_id], row.item_id.code)))
                for row in rows
            ]
            rows.flush_recordset(["new_price_id"])
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE billing_terms_change_price p SET new_price_id = v.price_id
                      FROM unnest(%s::int[], %s::int[]) v(id, price_id)
                     WHERE p.id = v.id
                    """,
                    [row_id for row_id, _price in found],
                    [price and price.id for _row_id, price in found],
                )
            )
            rows.invalidate_recordset(["new_price_id"])
