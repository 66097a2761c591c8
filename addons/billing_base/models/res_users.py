from odoo import models
from odoo.exceptions import AccessError


class ResUsers(models.Model):
    _inherit = "res.users"

    def _check_may(self, *permissions):
        """What buttons ask by their groups, methods ask here: any door is the same.

        :param permissions: ends of the names of groups, "waive" for
            ``billing_base.group_billing_waive``, or complete names; one is enough
        :raises AccessError: naming the permission that is missing
        """
        names = [
            name if "." in name else f"billing_base.group_billing_{name}"
            for name in permissions
        ]
        if self.env.su or any(self.env.user.has_group(name) for name in names):
            return
        groups = [self.env.ref(name).sudo().name for name in names]
        raise AccessError(
            self.env._(
                "This needs the permission “%(permission)s”. Ask who keeps the users "
                "and roles of billing for it.",
                permission=self.env._("” or “").join(groups),
            )
        )
