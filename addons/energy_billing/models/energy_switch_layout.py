from odoo import fields, models

from odoo.addons.billing_base.sheets import DATE, TEXT, Column, Sheet


class EnergySwitchLayout(models.Model):
    """How one distributor wants requests of supply and answers them: headings, words.

    Headings that are not entered are those of the house.
    """

    _name = "energy.switch.layout"
    _description = "Layout of Supplier Switches"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    network_ids = fields.One2many("energy.network", "switch_layout_id")
    file_type = fields.Selection(
        [("xlsx", "Excel"), ("csv", "CSV, separated by semicolons")],
        default="xlsx",
        required=True,
    )
    point_heading = fields.Char(string="Metering Point")
    customer_heading = fields.Char(string="Customer")
    company_number_heading = fields.Char(string="Company Number")
    date_heading = fields.Char(string="Supply From")
    reference_heading = fields.Char(string="Our Reference")
    result_heading = fields.Char(string="Result")
    answer_date_heading = fields.Char(string="Confirmed For")
    reason_code_heading = fields.Char(string="Reason Code")
    reason_heading = fields.Char(string="Reason")
    accepted_words = fields.Char(
        default="accepted",
        required=True,
        help="Words, separated by commas, by which the distributor accepts.",
    )
    rejected_words = fields.Char(
        default="rejected",
        required=True,
        help="Words, separated by commas, by which the distributor rejects.",
    )

    def _get_request_sheet(self):
        _ = self.env._
        return Sheet(
            "requests",
            _("Requests"),
            (
                Column("reference", self.reference_heading or _("Our Reference")),
                Column("point", self.point_heading or _("Metering Point"), width=24),
                Column("customer", self.customer_heading or _("Customer"), width=30),
                Column(
                    "company_number", self.company_number_heading or _("Company Number")
                ),
                Column("date_start", self.date_heading or _("Supply From"), DATE),
            ),
        )

    def _get_answer_sheet(self):
        _ = self.env._
        return Sheet(
            "answers",
            _("Answers"),
            (
                Column(
                    "reference",
                    self.reference_heading or _("Our Reference"),
                    TEXT,
                    optional=True,
                ),
                Column(
                    "point",
                    self.point_heading or _("Metering Point"),
                    TEXT,
                    required=True,
                ),
                Column("result", self.result_heading or _("Result"), required=True),
                Column(
                    "date",
                    self.answer_date_heading or _("Confirmed For"),
                    DATE,
                    optional=True,
                ),
                Column(
                    "reason_code",
                    self.reason_code_heading or _("Reason Code"),
                    optional=True,
                ),
                Column("reason", self.reason_heading or _("Reason"), optional=True),
            ),
            unique=("point",),
        )

    def _read_result(self, word):
        """``"accepted"``, ``"rejected"`` or None for a word of an answer."""
        for result in ("accepted", "rejected"):
            words = (self[f"{result}_words"] or result).casefold().split(",")
            if word.strip().casefold() in [known.strip() for known in words]:
                return result
        return None
