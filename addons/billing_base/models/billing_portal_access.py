from odoo import api, fields, models
from odoo.exceptions import AccessError

RIGHTS = ("bills", "readings", "pay", "manage")


class BillingPortalAccess(models.Model):
    """What a contact may do in his customer's portal.

    The customer himself may do all of it; so may a contact without a row, but for
    managing users.
    """

    _name = "billing.portal.access"
    _description = "Portal Access"
    _rec_name = "partner_id"
    _order = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Contact", required=True, ondelete="cascade"
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Customer",
        store=True,
        index=True,
    )
    may_bills = fields.Boolean(string="See Bills", default=True)
    may_readings = fields.Boolean(string="Enter Readings", default=True)
    may_pay = fields.Boolean(string="Sign and Pay", default=True)
    may_manage = fields.Boolean(string="Manage Users and Settings")

    _partner_unique = models.Constraint(
        "UNIQUE (partner_id)", "The rights of this contact are already entered."
    )

    @api.model_create_multi
    def create(self, vals_list):
        # the record rules of portal users are cached with their rights
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()


class ResUsers(models.Model):
    _inherit = "res.users"

    def _has_portal_right(self, right):
        """Whether the user may do something in the portal of his customer.

        :param right: one of RIGHTS
        """
        self.ensure_one()
        partner = self.sudo().partner_id
        if not self.share or partner == partner.commercial_partner_id:
            return True
        access = (
            self.env["billing.portal.access"]
            .sudo()
            .search([("partner_id", "=", partner.id)], limit=1)
        )
        return access[f"may_{right}"] if access else right != "manage"

    def _check_portal_right(self, right):
        """:raises AccessError: for a portal user without the right"""
        if not self._has_portal_right(right):
            raise AccessError(
                self.env._(
                    "You may not do this for %(customer)s. Ask the person who manages "
                    "its users.",
                    customer=self.sudo().partner_id.commercial_partner_id.name,
                )
            )


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    billing_portal_access_ids = fields.One2many(
        "billing.portal.access",
        "commercial_partner_id",
        string="Portal Users",
    )
