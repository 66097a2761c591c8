from odoo import api, fields, models

from ..shares import Component
from .connection_component import METHODS
from .tools import exact


class ConnectionShare(models.Model):
    """The customer's share of one grid component in a case."""

    _name = "connection.share"
    _description = "Share of a Component"
    _order = "case_id, id"
    _rec_name = "component_id"
    _check_company_auto = True

    case_id = fields.Many2one(
        "connection.case",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    component_id = fields.Many2one(
        "connection.component",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    level = fields.Selection(related="component_id.level")
    method = fields.Selection(
        METHODS,
        string="Shared",
        required=True,
        compute="_compute_from_component",
        store=True,
        readonly=False,
        precompute=True,
    )
    part = fields.Float(
        string="Customer's Part",
        digits=(12, 3),
        compute="_compute_part",
        store=True,
        readonly=False,
        precompute=True,
        help="Points or kW.",
    )
    total = fields.Float(
        string="Among",
        digits=(12, 3),
        compute="_compute_from_component",
        store=True,
        readonly=False,
        precompute=True,
        help="Points or kW of all who will use it.",
    )
    before = fields.Float(
        string="Taken Before",
        digits=(12, 3),
        help="Points or kW that earlier customers paid for.",
    )
    reinvestment = fields.Monetary(help="Renewal that was due anyway; not shared.")
    quality = fields.Monetary(
        string="Better Quality", help="At the customer's wish; he pays all of it."
    )
    advancement = fields.Monetary(
        string="Brought Forward", help="Cost of doing a reinvestment earlier."
    )
    amount = fields.Monetary(compute="_compute_amount")

    _once = models.Constraint(
        "UNIQUE (case_id, component_id)", "The case already shares this component."
    )
    _not_negative = models.Constraint(
        "CHECK (part >= 0 AND total >= 0 AND before >= 0 AND reinvestment >= 0 "
        "AND quality >= 0 AND advancement >= 0)",
        "Parts and costs of a share cannot be negative.",
    )

    @api.depends("component_id")
    def _compute_from_component(self):
        for share in self:
            share.method = share.component_id.method or "whole"
            share.total = share.component_id.total

    @api.depends("method", "case_id.point_count", "case_id.capacity_kw")
    def _compute_part(self):
        for share in self:
            case = share.case_id
            parts = {"points": case.point_count, "capacity": case.capacity_kw}
            share.part = parts.get(share.method, 0)

    @api.depends("case_id.explanation")
    def _compute_amount(self):
        for share in self:
            parts = share.case_id.explanation or ()
            key = share._get_key()
            share.amount = sum(float(p["amount"]) for p in parts if p["key"] == key)

    def _get_key(self):
        return f"share:{self.id or self._origin.id or self.component_id.id}"

    def _prepare_component(self, cost, changes):
        """:class:`..shares.Component` at ``cost``, with what a what-if changes."""
        self.ensure_one()
        names = ("part", "total", "before", "reinvestment", "quality", "advancement")
        figures = {name: exact(changes.get(name, self[name])) for name in names}
        return Component(
            key=self._get_key(),
            name=self.component_id.name or "",
            level=self.component_id.level or "",
            cost=cost,
            method=changes.get("method", self.method) or "whole",
            **figures,
        )
