from odoo import api, fields, models
from odoo.fields import Command

from ..models.connection_case_basis import explain_html
from ..models.connection_component import METHODS
from ..models.tools import translated
from ..shares import SharesError

AMOUNTS = ("reinvestment", "quality", "advancement")
FIGURES = ("method", "part", "total", "before", *AMOUNTS)


class ConnectionWhatIf(models.TransientModel):
    """What the contribution would be with other shares; nothing changes until it is
    taken over."""

    _name = "connection.what.if"
    _description = "What If"

    case_id = fields.Many2one("connection.case", required=True)
    currency_id = fields.Many2one(related="case_id.currency_id")
    point_count = fields.Integer(string="New Points")
    capacity_kw = fields.Float(string="Requested Capacity (kW)", digits=(12, 3))
    line_ids = fields.One2many("connection.what.if.line", "what_if_id")
    current = fields.Monetary(related="case_id.contribution", string="Contribution Now")
    contribution = fields.Monetary(
        string="Contribution Then", compute="_compute_contribution"
    )
    calculation = fields.Html(compute="_compute_contribution")
    problem = fields.Char(compute="_compute_contribution")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        case = self.env["connection.case"].browse(values.get("case_id"))
        if case and "line_ids" in fields_list:
            values["point_count"] = case.point_count
            values["capacity_kw"] = case.capacity_kw
            values["line_ids"] = [
                Command.create(
                    {"share_id": share.id, **{name: share[name] for name in FIGURES}}
                )
                for share in case.share_ids
            ]
        return values

    @api.depends(
        "point_count",
        "capacity_kw",
        *(f"line_ids.{name}" for name in FIGURES),
    )
    def _compute_contribution(self):
        for wizard in self:
            case = wizard.case_id
            try:
                result = case._get_contribution(
                    case._load_rules(), changes=wizard._get_changes()
                )
            except SharesError as error:
                wizard.update(
                    {
                        "contribution": 0.0,
                        "calculation": False,
                        "problem": translated(error, self.env.lang),
                    }
                )
                continue
            wizard.contribution = float(result.amount)
            wizard.calculation = explain_html(case._explain(result))
            wizard.problem = False

    def _get_changes(self):
        self.ensure_one()
        changes = {
            line.share_id.id: {name: line[name] for name in FIGURES}
            for line in self.line_ids
        }
        changes["case"] = {
            "point_count": self.point_count,
            "capacity_kw": self.capacity_kw,
        }
        return changes

    def action_apply(self):
        """Take the figures over into the case."""
        self.ensure_one()
        changes = self._get_changes()
        self.case_id.write(
            {
                **changes.pop("case"),
                "share_ids": [
                    Command.update(share_id, values)
                    for share_id, values in changes.items()
                ],
            }
        )
        return {"type": "ir.actions.act_window_close"}


class ConnectionWhatIfLine(models.TransientModel):
    _name = "connection.what.if.line"
    _description = "What If: Share"

    what_if_id = fields.Many2one(
        "connection.what.if", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="what_if_id.currency_id")
    share_id = fields.Many2one("connection.share", required=True)
    component_id = fields.Many2one(related="share_id.component_id")
    method = fields.Selection(METHODS, string="Shared", required=True)
    part = fields.Float(string="Customer's Part", digits=(12, 3))
    total = fields.Float(string="Among", digits=(12, 3))
    before = fields.Float(string="Taken Before", digits=(12, 3))
    reinvestment = fields.Monetary()
    quality = fields.Monetary(string="Better Quality")
    advancement = fields.Monetary(string="Brought Forward")
