from odoo import fields, models

TECHNICAL = ("base.group_system", "base.group_erp_manager")
"""Who has these changes rights without asking: never granted within billing."""


class ResGroups(models.Model):
    _inherit = "res.groups"

    billing_kind = fields.Selection(
        [("role", "Set of permissions"), ("permission", "Permission")],
        string="Permission of Billing",
        help="Set for what roles of billing are composed of. Only an administrator of "
        "the system adds to it.",
    )

    def _get_grantable(self):
        """Groups that roles of billing may be composed of.

        Never one that brings the technical settings with it, however far away.
        """
        technical = self.browse(self.env.ref(name).id for name in TECHNICAL)
        kinds = self.search([("billing_kind", "!=", False)])
        return kinds.filtered(lambda group: not group.all_implied_ids & technical)
