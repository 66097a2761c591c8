from odoo import fields, models
from odoo.tools import SQL

from .billing_user import HELD


class BillingPermission(models.Model):
    """Who may do what: a row for each permission of a user, and of each role that
    nobody holds."""

    _name = "billing.permission"
    _description = "Who May Do What"
    _auto = False
    _rec_name = "permission_id"
    _order = "user_id, role_id, permission_id"

    user_id = fields.Many2one("res.users", readonly=True)
    role_id = fields.Many2one(
        "billing.role",
        readonly=True,
        help="The role that brings the permission; empty where it was given directly.",
    )
    permission_id = fields.Many2one("res.groups", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            %s,
            brought (role_id, inner_id, group_id) AS (
                SELECT b.id, b.role_id, r.group_id FROM billing_role b
                JOIN billing_role_permission_rel r ON r.role_id = b.id
                UNION
                SELECT brought.role_id, brought.inner_id, i.hid FROM brought
                JOIN res_groups_implied_rel i ON i.gid = brought.group_id
            ),
            found (user_id, role_id, permission_id) AS (
                SELECT held.user_id, brought.role_id, held.group_id FROM held
                JOIN res_users u ON u.id = held.user_id AND u.active AND NOT u.share
                LEFT JOIN res_users_role_line l ON l.user_id = held.user_id
                LEFT JOIN brought ON brought.inner_id = l.role_id
                AND brought.group_id = held.group_id
                UNION
                SELECT NULL, brought.role_id, brought.group_id FROM brought
            )
            SELECT row_number() OVER (
                ORDER BY f.user_id, f.role_id, f.permission_id
            ) AS id, f.user_id, f.role_id, f.permission_id
            FROM found f JOIN res_groups g ON g.id = f.permission_id
            WHERE g.billing_kind = 'permission'
            AND (f.role_id IS NOT NULL OR NOT EXISTS (
                SELECT FROM found other WHERE other.user_id = f.user_id
                AND other.permission_id = f.permission_id
                AND other.role_id IS NOT NULL))
            """,
            SQL(HELD),
        )
