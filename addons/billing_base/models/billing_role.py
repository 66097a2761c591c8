from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command


class BillingRole(models.Model):
    """A role of OCA's base_user_role that is made of permissions of billing alone.

    Who may compose roles has no rights on groups and OCA's roles themselves: both are
    written here, after the permissions were checked, and nowhere else.
    """

    _name = "billing.role"
    _description = "Role"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    note = fields.Text(string="What It Is For", translate=True)
    permission_ids = fields.Many2many(
        "res.groups",
        "billing_role_permission_rel",
        "role_id",
        "group_id",
        string="Permissions",
        domain=[("billing_kind", "!=", False)],
        required=True,
    )
    role_id = fields.Many2one(
        "res.users.role", readonly=True, copy=False, index=True, ondelete="restrict"
    )
    user_count = fields.Integer(string="Users", compute="_compute_user_count")

    _role_uniq = models.Constraint("UNIQUE (role_id)", "A role stands for one.")

    def _compute_user_count(self):
        counts = dict(
            self.env["res.users.role.line"]
            .sudo()
            ._read_group(
                [("role_id", "in", self.sudo().role_id.ids)], ["role_id"], ["__count"]
            )
        )
        for role in self:
            role.user_count = counts.get(role.sudo().role_id, 0)

    @api.constrains("permission_ids")
    def _check_permissions(self):
        grantable = self.env["res.groups"].sudo()._get_grantable()
        user = self.env.ref("base.group_user")
        for role in self.sudo():
            foreign = role.permission_ids - grantable
            if foreign:
                raise ValidationError(
                    self.env._(
                        "Role %(role)s: “%(permission)s” is no permission of billing. "
                        "Ask an administrator of the system to grant it.",
                        role=role.name,
                        permission=foreign[0].full_name,
                    )
                )
            if user not in role.permission_ids.all_implied_ids:
                raise ValidationError(
                    self.env._(
                        "Role %(role)s: nobody could log in with it. Add a set of "
                        "permissions to begin with, Viewer for example.",
                        role=role.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.pop("role_id", None)
        roles = super().create(vals_list)
        # checked before anything is granted
        roles._check_permissions()
        roles._grant()
        return roles

    def write(self, vals):
        # set once, by _grant
        if not self.env.su:
            vals = {name: value for name, value in vals.items() if name != "role_id"}
        result = super().write(vals)
        if vals.keys() & {"name", "permission_ids"}:
            self._check_permissions()
            self._grant()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for role in self.filtered("user_count"):
            raise UserError(
                self.env._(
                    "Role %(role)s is held by %(count)s users. Give them another one "
                    "first.",
                    role=role.name,
                    count=role.user_count,
                )
            )

    def unlink(self):
        # this record's right to be deleted is asked before the role itself goes
        inner = self.sudo().role_id
        result = super().unlink()
        inner.unlink()
        return result

    def _grant(self):
        """Bring OCA's roles, and so the groups of their users, in line."""
        Role = self.env["res.users.role"].sudo()
        for role in self:
            values = {
                "name": role.name,
                "implied_ids": [Command.set(role.permission_ids.ids)],
            }
            if role.sudo().role_id:
                role.sudo().role_id.write(values)
            else:
                role.sudo().role_id = Role.create(values)

    def action_view_users(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_user_action"
        )
        action["domain"] = [("role_ids", "in", self.ids)]
        return action
