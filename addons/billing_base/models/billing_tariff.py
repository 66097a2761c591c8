from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..rating import Charge, to_decimal
from .billing_tariff_item import MOVING, STEP


class BillingTariff(models.Model):
    """A price list: a tree of categories and charges with dated prices."""

    _name = "billing.tariff"
    _description = "Tariff"
    _inherit = ["mail.thread"]
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    item_ids = fields.One2many("billing.tariff.item", "tariff_id", string="Items")
    item_count = fields.Integer(compute="_compute_item_count")
    gap_count = fields.Integer(
        compute="_compute_gap_count", help="Charges without a price on some day."
    )
    note = fields.Html(string="Notes")
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "The code of a tariff must be unique."
    )

    def _compute_item_count(self):
        counts = dict(
            self.env["billing.tariff.item"]._read_group(
                [("tariff_id", "in", self.ids), ("kind", "=", "charge")],
                ["tariff_id"],
                ["__count"],
            )
        )
        for tariff in self:
            tariff.item_count = counts.get(tariff, 0)

    def _compute_gap_count(self):
        counts = dict(
            self.env["billing.tariff.item"]._read_group(
                [("tariff_id", "in", self.ids), ("has_price_gap", "=", True)],
                ["tariff_id"],
                ["__count"],
            )
        )
        for tariff in self:
            tariff.gap_count = counts.get(tariff, 0)

    def write(self, vals):
        if "currency_id" in vals:
            self.filtered(
                lambda tariff: tariff.currency_id.id != vals["currency_id"]
            )._check_not_billed()
        if "item_ids" not in vals:
            return super().write(vals)
        moving = self.with_context(**{MOVING: True})
        result = super(BillingTariff, moving).write(vals)
        self._number_items()
        return result

    def _number_items(self):
        """Number the items from top to bottom, what is below a category after it.

        Lists sort by this number, and a row is dragged by it.
        """
        if self.env.context.get(MOVING):
            return
        Item = self.env["billing.tariff.item"].with_context(active_test=False)
        found = Item.search_fetch(
            [("tariff_id", "in", self.ids)],
            ["tariff_id", "parent_id", "sequence"],
            order="sequence, id",
        )
        below = defaultdict(list)
        for item in found:
            below[item.tariff_id.id, item.parent_id.id].append(item)
        places = {}
        for tariff in self:
            waiting, place = below[tariff.id, False][::-1], 0
            while waiting:
                item = waiting.pop()
                place += STEP
                if item.sequence != place:
                    places[item] = place
                waiting += below[tariff.id, item.id][::-1]
        self._write_places(places)

    def _write_places(self, places):
        """Give items their numbers in one statement.

        :param dict places: ``{billing.tariff.item: number}``
        """
        Item = self.env["billing.tariff.item"]
        if places:
            Item.flush_model(["sequence"])
            self.env.cr.execute(
                SQL(
                    "UPDATE billing_tariff_item i SET sequence = v.place"
                    " FROM (VALUES %s) v (id, place) WHERE i.id = v.id",
                    SQL(", ").join(
                        SQL("(%s, %s)", item.id, place)
                        for item, place in places.items()
                    ),
                )
            )
            Item.union(*places).invalidate_recordset(["sequence"], flush=False)
        self.invalidate_recordset(["item_ids"], flush=False)

    def _check_not_billed(self):
        """:raises UserError: when prices of the tariff were billed"""
        line = self.env["billing.segment.line"].search(
            [("item_id.tariff_id", "in", self.ids)], limit=1
        )
        if line:
            raise UserError(
                self.env._(
                    "%(tariff)s was billed, for example in segment %(segment)s: its "
                    "currency stays. Make a new tariff from it (New Prices).",
                    tariff=line.item_id.tariff_id.display_name,
                    segment=line.segment_id.display_name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        term = self.env["billing.agreement.term"].search(
            [("tariff_id", "in", self.ids)], limit=1
        )
        if term:
            raise UserError(
                self.env._(
                    "Agreement %(agreement)s has the tariff %(tariff)s. Archive the "
                    "tariff instead of deleting it.",
                    agreement=term.agreement_id.display_name,
                    tariff=term.tariff_id.display_name,
                )
            )
        self.item_ids._check_deletable()

    def action_view_items(self):
        return self._action_open("billing_base.billing_tariff_item_action")

    def action_view_gaps(self):
        action = self.action_view_items()
        action["context"]["search_default_price_gaps"] = 1
        return action

    def action_view_prices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_price_view_action"
        )
        action["context"] = {"default_tariff_id": self.id}
        return action

    def _action_open(self, xmlid):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [("tariff_id", "=", self.id)]
        action["context"] = {"default_tariff_id": self.id}
        return action

    def _get_versions_to_change(self, date_start):
        """The price versions that versions from ``date_start`` on would follow.

        A charge that already has a later version is left out: its prices are known.
        """
        self.ensure_one()
        prices = self.item_ids.price_ids
        known = prices.filtered(lambda price: price.date_start >= date_start).item_id
        last_day = date_start - timedelta(days=1)
        return prices.filtered(
            lambda price: (
                price.item_id not in known
                and (not price.date_end or price.date_end >= last_day)
            )
        )

    def _add_versions(self, versions):
        """Write new price versions; those in force end the day before.

        :param dict versions: ``{billing.tariff.price: values of its successor}``
        :return: the new billing.tariff.price
        """
        ends = defaultdict(self.env["billing.tariff.price"].browse)
        for price, values in versions.items():
            ends[values["date_start"] - timedelta(days=1)] |= price
        for date_end, prices in ends.items():
            prices.date_end = date_end
        self.env.flush_all()  # the database must see the old versions end
        return self.env["billing.tariff.price"].create(list(versions.values()))

    def _copy_tree(self, name, code, versions):
        """A new tariff with the tree of this one and the prices of ``versions``.

        :param dict versions: as of ``_add_versions``
        """
        self.ensure_one()
        tariff = self.copy({"name": name, "code": code})
        copies = {}
        level = self.item_ids.filtered(lambda item: not item.parent_id)
        while level:
            values = [
                {
                    **data,
                    "tariff_id": tariff.id,
                    "parent_id": copies[item.parent_id].id if item.parent_id else False,
                    "percent_of_ids": False,
                }
                for item, data in zip(level, level.copy_data(), strict=True)
            ]
            copies.update(zip(level, level.create(values), strict=True))
            level = self.item_ids.filtered(
                lambda item, above=level: item.parent_id in above
            )
        for item in self.item_ids.filtered("percent_of_ids"):
            copies[item].percent_of_ids = item.browse(
                copies[base].id for base in item.percent_of_ids
            )
        self.env["billing.tariff.price"].create(
            [
                {**values, "item_id": copies[price.item_id].id}
                for price, values in versions.items()
            ]
        )
        return tariff

    def _get_index_series(self, span):
        """Prices per interval that formulas of this tariff name, for some days.

        Add-ons that know such prices extend this.

        :param span: rating.Span of local days
        :return: tuple of rating.IndexSeries
        """
        self.ensure_one()
        return ()

    def _get_charges(self):
        """The charges of this tariff with all their price versions, for rating.

        :return: tuple of rating.Charge in the order of the tree; keys are item ids
        """
        self.ensure_one()
        items = self.item_ids.filtered(lambda item: item.kind == "charge")
        items.price_ids.band_ids.mapped("upper")  # one query for all bands
        return tuple(
            Charge(
                key=item.id,
                code=item.code,
                basis=item.basis,
                quantity=item.quantity_type_id.code or "",
                prices=tuple(price._to_rating() for price in item.price_ids),
                factors=tuple(factor._to_rating() for factor in item.factor_ids),
                time_unit=item.time_unit,
                percent_of=tuple(item.percent_of_ids.ids),
                prorate_limits=item.prorate_limits,
                coverage=item.coverage,
                pick_group=item.pick_group or "",
                pick=item.pick,
                minimum=to_decimal(item.minimum) if item.minimum else None,
                maximum=to_decimal(item.maximum) if item.maximum else None,
                sequence=sequence,
            )
            for sequence, item in enumerate(items, start=1)
        )
