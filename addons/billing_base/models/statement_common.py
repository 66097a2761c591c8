from odoo import models


class StatementCommon(models.AbstractModel):
    """OCA's statements, with days as they are where we draw them."""

    _inherit = "statement.common"

    def _format_date_to_partner_lang(self, date, *args, **kwargs):
        if self.env.context.get("statement_days"):
            return date or None
        return super()._format_date_to_partner_lang(date, *args, **kwargs)
