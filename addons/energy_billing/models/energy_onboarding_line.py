from odoo import api, fields, models
from odoo.tools import format_date

ACTIONS = [
    ("new", "New"),
    ("changed", "Changed"),
    ("leaving", "Leaving"),
    ("rejected", "Rejected"),
    ("same", "Nothing to Do"),
    ("problem", "Problem"),
]
TO_DO = ("new", "changed", "leaving")
"""Actions that write something."""


class EnergyOnboardingLine(models.Model):
    """What becomes of a point of a confirmation."""

    _name = "energy.onboarding.line"
    _description = "Point to Onboard"
    _order = "onboarding_id, row_number, id"
    _rec_name = "point_code"
    _log_access = False
    _check_company_auto = True

    onboarding_id = fields.Many2one(
        "energy.onboarding", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    confirmation_id = fields.Many2one(
        "energy.confirmation", required=True, readonly=True, ondelete="cascade"
    )
    row_number = fields.Integer(string="Row", readonly=True, aggregator=None)
    point_code = fields.Char(string="Code", required=True, readonly=True)
    action = fields.Selection(ACTIONS, string="What", required=True, readonly=True)
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("failed", "Failed")],
        required=True,
        readonly=True,
    )
    note = fields.Char(string="Why", readonly=True)
    customer = fields.Char(readonly=True)
    company_number = fields.Char(readonly=True)
    customer_key = fields.Char(readonly=True, help="Rows of one customer share it.")
    date_start = fields.Date(string="From", readonly=True)
    date_end = fields.Date(string="To", readonly=True)
    template_id = fields.Many2one(
        "energy.onboarding.template", readonly=True, ondelete="set null"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer's File",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Empty: he is created.",
    )
    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Empty: it is created.",
    )
    agreement_id = fields.Many2one(
        "billing.agreement",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )

    # also serves "the lines of this onboarding"
    _confirmation_once = models.Constraint(
        "UNIQUE (onboarding_id, confirmation_id)", "A row is planned once."
    )

    @api.model
    def _get_problem(self, code, **params):
        """What is wrong with a row and what to do, as a sentence."""
        _ = self.env._
        if end := params.get("end"):
            params["end"] = format_date(self.env, end)
        texts = {
            "no_first_day": _(
                "The file tells no first day of supply. Enter “Supplied From” above "
                "and preview again."
            ),
            "customer_twice": _(
                "%(count)s customers have this number. Merge them and preview again."
            ),
            "other_customer": _(
                "We supply the point to %(customer)s on these days. Use “Change of "
                "Occupant” at the point, or end that agreement."
            ),
            "agreement_ends": _(
                "Our agreement ends on %(end)s, the file says later or not at all. "
                "Prolong the agreement, or clear it with the distributor."
            ),
            "no_customer": _(
                "The file names no customer. Enter the agreement by hand."
            ),
            "leaving_unknown": _(
                "The point is not entered, so there is nothing to end."
            ),
            "leaving_without_agreement": _(
                "The point has no agreement that could end on this day."
            ),
            "no_network": _(
                "No network area has codes like this one. Complete the file profile, "
                "or the code pattern of the network."
            ),
            "bad_code": _("%(reason)s Ask the distributor for the right code."),
            "no_template": _(
                "No onboarding template fits. Add one for this network and kind of "
                "customer, and preview again."
            ),
        }
        return texts[code] % params
