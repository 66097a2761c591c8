from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL

from .res_groups import TECHNICAL

HELD = """
    WITH RECURSIVE held (user_id, group_id) AS (
        SELECT uid, gid FROM res_groups_users_rel
        UNION
        SELECT held.user_id, r.hid FROM held
        JOIN res_groups_implied_rel r ON r.gid = held.group_id
    )
"""
"""Groups that users have, those that others bring with them included."""

OWN = ("name", "login", "email", "lang", "active", "company_id")
"""Fields of a user that are handed on as they are."""


class BillingUser(models.Model):
    """Users as who keeps them sees them, with their roles, without technical settings.

    Reads the users that are neither administrators of the system nor portal users. What
    is entered is checked and handed on to Odoo's users field by field; nothing else of
    a user can be written through it.
    """

    _name = "billing.user"
    _description = "User"
    _auto = False
    _order = "name, id"

    name = fields.Char(required=True)
    login = fields.Char(required=True)
    email = fields.Char(string="E-mail")
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(), string="Language"
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="First Company",
        required=True,
        default=lambda self: self.env.company,
    )
    company_ids = fields.Many2many(
        "res.company",
        "res_company_users_rel",
        "user_id",
        "cid",
        string="Companies",
        required=True,
        default=lambda self: self.env.company,
    )
    role_ids = fields.Many2many(
        "billing.role",
        string="Roles",
        compute="_compute_role_ids",
        search="_search_role_ids",
        readonly=False,
    )
    is_foreign = fields.Boolean(
        string="Has Other Rights",
        compute="_compute_is_foreign",
        help="Has rights outside billing: kept by the administrator of the system.",
    )

    @property
    def _table_query(self):
        technical = [self.env.ref(name).id for name in TECHNICAL]
        return SQL(
            "%s SELECT u.id, p.name, u.login, p.email, p.lang, u.active, u.company_id,"
            " u.create_uid, u.create_date, u.write_uid, u.write_date"
            " FROM res_users u JOIN res_partner p ON p.id = u.partner_id"
            " WHERE NOT u.share AND u.id <> %s AND NOT EXISTS ("
            " SELECT FROM held WHERE held.user_id = u.id"
            " AND held.group_id = ANY(%s))",
            SQL(HELD),
            SUPERUSER_ID,
            technical,
        )

    # === Reading ===

    def _get_role_lines(self):
        """Roles of billing of these users, by narrow reading of OCA's lines."""
        return (
            self.env["res.users.role.line"].sudo().search([("user_id", "in", self.ids)])
        )

    def _compute_role_ids(self):
        lines = self._get_role_lines().grouped("user_id")
        roles = self.env["billing.role"].search([]).sudo().grouped("role_id")
        Role = self.env["billing.role"]
        for user in self:
            held = lines.get(self.env["res.users"].browse(user.id), ())
            user.role_ids = Role.browse(
                role.id for line in held for role in roles.get(line.role_id, ())
            )

    def _search_role_ids(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        roles = self.env["billing.role"].browse(value).sudo().role_id
        lines = (
            self.env["res.users.role.line"]
            .sudo()
            .search([("role_id", "in", roles.ids)])
        )
        return [("id", operator, lines.user_id.ids)]

    def _compute_is_foreign(self):
        groups = self.env["res.groups"].sudo()
        known = groups._get_grantable() | self.env.ref("base.group_user").sudo()
        known |= self.env["res.users"].sudo()._get_self_writable_groups()
        known = (
            known.all_implied_ids
            | self.env["res.users.role"].sudo().search([]).group_id
        )
        for user in self:
            held = self.env["res.users"].sudo().browse(user.id).all_group_ids
            user.is_foreign = bool(held - known)

    # === Writing ===
    # there is no table to write to: Odoo's users are written instead

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        self.check_access("create")
        ids = []
        for vals in vals_list:
            values = self.default_get(["company_id", "company_ids", "active"])
            values.update(vals)
            roles = self._resolve("role_ids", values.get("role_ids"))
            companies = self._resolve("company_ids", values.get("company_ids"))
            companies |= self.env["res.company"].browse(values["company_id"])
            self._check_given(roles, companies)
            user = self._get_users().create(
                {
                    **{name: values[name] for name in OWN if name in values},
                    "company_ids": [Command.set(companies.ids)],
                    "role_line_ids": [
                        Command.create({"role_id": role.id})
                        for role in roles.sudo().role_id
                    ],
                }
            )
            ids.append(user.id)
        return self.browse(ids)

    def write(self, vals):  # pylint: disable=method-required-super
        self.check_access("write")
        unknown = vals.keys() - {*OWN, "company_ids", "role_ids"}
        if unknown:
            raise AccessError(
                self.env._("Of a user, only what the form shows can be changed.")
            )
        for user in self:
            user._check_is_kept()
            user._write_one(vals)
        self.invalidate_recordset()
        return True

    def _write_one(self, vals):
        roles = self._resolve("role_ids", vals.get("role_ids"), self.role_ids)
        companies = self._resolve(
            "company_ids", vals.get("company_ids"), self.company_ids
        )
        if vals.get("company_id"):
            companies |= self.env["res.company"].browse(vals["company_id"])
        values = {name: vals[name] for name in OWN if name in vals}
        if companies != self.company_ids:
            values["company_ids"] = [Command.set(companies.ids)]
        if roles != self.role_ids:
            ours = self.env["billing.role"].search([]).sudo().role_id
            lines = self._get_role_lines().filtered(lambda line: line.role_id in ours)
            wanted = roles.sudo().role_id
            values["role_line_ids"] = [
                *(
                    Command.delete(line.id)
                    for line in lines
                    if line.role_id not in wanted
                ),
                *(
                    Command.create({"role_id": role.id})
                    for role in wanted - lines.role_id
                ),
            ]
        self._check_given(roles, companies - self.company_ids, "role_ids" in vals)
        self._get_users().browse(self.id).write(values)

    def _get_users(self):
        """Odoo's users, for the values that were checked here; no mail by itself."""
        return self.env["res.users"].sudo().with_context(no_reset_password=True)

    def _resolve(self, name, commands, current=None):
        """Records that a field holds after the commands of a form.

        :raises AccessError: for companies and roles that whoever asks does not see
        """
        comodel = self.env[self._fields[name].comodel_name]
        ids = list(current.ids) if current else []
        for command in commands or ():
            if not isinstance(command, list | tuple):
                ids.append(command)
                continue
            operation, record_id, values = (*command, 0, 0)[:3]
            if operation == Command.SET:
                ids = list(values)
            elif operation == Command.CLEAR:
                ids = []
            elif operation == Command.LINK:
                ids.append(record_id)
            elif operation in (Command.UNLINK, Command.DELETE):
                ids = [known for known in ids if known != record_id]
            else:
                raise AccessError(
                    self.env._("Roles and companies are chosen here, not changed.")
                )
        records = comodel.browse(dict.fromkeys(ids))
        records.check_access("read")
        return records.exists()

    def _check_given(self, roles, companies, asks_roles=True):
        """Nobody gives what is not his to give.

        :raises ValidationError: without a role, or in a company of others
        """
        if asks_roles and not roles:
            raise ValidationError(
                self.env._(
                    "Choose at least one role. To take all rights away, archive the "
                    "user."
                )
            )
        foreign = companies - self.env.user.company_ids
        if foreign:
            raise ValidationError(
                self.env._(
                    "You do not work for %(company)s and cannot let others in there.",
                    company=foreign[0].sudo().name,
                )
            )

    def _check_is_kept(self):
        if not self.with_context(active_test=False).search_count(
            [("id", "=", self.id)]
        ):
            raise AccessError(
                self.env._("This user is not kept here. Ask an administrator.")
            )
        if self.is_foreign:
            raise AccessError(
                self.env._(
                    "%(user)s has rights outside billing. Ask an administrator of the "
                    "system to change this user.",
                    user=self.name,
                )
            )

    def action_invite(self):
        """Send the link with which the user sets his password."""
        self.check_access("write")
        for user in self:
            user._check_is_kept()
            self._get_users().browse(user.id).with_context(
                create_user=True
            ).action_reset_password()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The invitation was sent."),
            },
        }

    def action_view_permissions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_permission_action"
        )
        action["domain"] = [("user_id", "=", self.id)]
        return action
