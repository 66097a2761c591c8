from urllib.parse import quote

from odoo import api, fields, models


class WebTourTour(models.Model):
    """Guided tours of a role, begun from the user menu."""

    _inherit = "web_tour.tour"

    title = fields.Char(translate=True)
    summary = fields.Char(translate=True)
    group_ids = fields.Many2many(
        "res.groups",
        string="Roles",
        help="Who is offered the tour; everybody when empty",
    )

    def action_start(self):
        """Open the screen on which the tour begins, with its first hint."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"{self.url}?tour={quote(self.name)}",
            "target": "self",
        }

    @api.model
    def get_current_tour(self):
        """Only who sets up the system is shown a tour he did not ask for."""
        if not self.env.user._is_system():
            return False
        return super().get_current_tour()
