from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..models.billing_agreement_type import KINDS

GROUPS = [
    ("period_id", "Period"),
    ("region_id", "Region"),
    ("cost_centre_id", "Cost centre"),
    ("partner_id", "Partner"),
    ("kind", "Kind of specification"),
    ("document", "Type of invoice"),
    ("move_id", "Invoice"),
    ("main_category_id", "Main category"),
    ("subcategory_id", "Subcategory"),
    ("category_id", "Category"),
    ("service_kind", "Kind of service"),
    ("item_id", "Service"),
    ("reference", "Posting list"),
]
FLAGS = {
    "document": ("individual", "consolidated", "proforma", "credit", "none"),
    "kind": tuple(kind for kind, _label in KINDS),
}


class PostalReportWizard(models.TransientModel):
    """The universal report: any selection, any grouping, beside earlier periods."""

    _name = "postal.report.wizard"
    _description = "Universal Report"

    period_ids = fields.Many2many(
        "billing.period",
        "postal_report_wizard_period_rel",
        string="Periods",
        required=True,
        default=lambda self: self.env["postal.specification"]._default_period_id(),
    )
    compare_ids = fields.Many2many(
        "billing.period",
        "postal_report_wizard_compare_rel",
        string="Compared With",
        help="Earlier periods, whose amounts stand beside.",
    )
    cost_centre_ids = fields.Many2many(
        "account.analytic.account",
        string="Cost Centres",
        domain="[('is_cost_centre', '=', True)]",
    )
    region_ids = fields.Many2many("postal.region", string="Regions")
    partner_ids = fields.Many2many("res.partner", string="Partners")
    item_ids = fields.Many2many(
        "billing.tariff.item",
        string="Services or Categories",
        help="A category stands for all services below it.",
    )
    is_on_account = fields.Boolean(string="On-account")
    is_payout = fields.Boolean(string="Payouts")
    is_hybrid = fields.Boolean(string="Hybrid mail")
    is_direct = fields.Boolean(string="Direct sales")
    is_individual = fields.Boolean(string="Individual invoices")
    is_consolidated = fields.Boolean(string="Consolidated invoices")
    is_proforma = fields.Boolean(string="Pro-formas")
    is_credit = fields.Boolean(string="Credit notes")
    is_none = fields.Boolean(string="Not invoiced yet")
    group_1 = fields.Selection(
        GROUPS, string="Grouped By", required=True, default="partner_id"
    )
    group_2 = fields.Selection(GROUPS, string="Then By")
    group_3 = fields.Selection(GROUPS, string="And By")
    group_4 = fields.Selection(GROUPS, string="And at Last By")

    def _get_groups(self):
        """Names of the fields to group by, each once."""
        self.ensure_one()
        return list(
            dict.fromkeys(
                filter(None, (self.group_1, self.group_2, self.group_3, self.group_4))
            )
        )

    def _get_domain(self, periods):
        """Domain of postal.report for the selection in some periods."""
        self.ensure_one()
        domain = Domain("period_id", "in", periods.ids)
        for name, records in (
            ("cost_centre_id", self.cost_centre_ids),
            ("region_id", self.region_ids),
            ("partner_id", self.partner_ids.commercial_partner_id),
        ):
            if records:
                domain &= Domain(name, "in", records.ids)
        if self.item_ids:
            domain &= Domain("item_id", "child_of", self.item_ids.ids)
        for name, values in FLAGS.items():
            chosen = [value for value in values if self[f"is_{value}"]]
            if chosen:
                domain &= Domain(name, "in", chosen)
        return domain

    @api.onchange("period_ids")
    def _onchange_period_ids(self):
        """The periods before these, as many, are offered for comparison."""
        periods = self.period_ids.sorted("date_start")
        if not periods or self.compare_ids:
            return
        before = self.env["billing.period"].search(
            [
                ("cycle_id", "=", periods[0].cycle_id._origin.id),
                ("date_end", "<", periods[0].date_start),
            ],
            order="date_start desc",
            limit=len(periods),
        )
        self.compare_ids = [Command.set(before.ids)]

    def _check_groups(self):
        if "period_id" in self._get_groups() and self.compare_ids:
            raise UserError(
                self.env._(
                    "Grouped by period, the periods stand below each other. Leave "
                    "“Compared With” empty, or group by something else."
                )
            )

    def action_show(self):
        """The selection as a pivot, with a column for each period."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "postal_billing.postal_report_action"
        )
        action["domain"] = list(self._get_domain(self.period_ids | self.compare_ids))
        groups = [name for name in self._get_groups() if name != "period_id"]
        action["context"] = {
            "group_by": groups,
            "pivot_row_groupby": groups,
            "pivot_column_groupby": ["period_id"],
            "pivot_measures": ["quantity", "amount"],
        }
        return action

    def action_excel(self):
        """The selection in Excel."""
        self._check_groups()
        return self.env.ref("postal_billing.report_xlsx").report_action(self)
