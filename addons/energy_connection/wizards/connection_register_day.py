from odoo import fields, models


class ConnectionRegisterDay(models.TransientModel):
    """The register of components as of a day, on the screen or in Excel."""

    _name = "connection.register.day"
    _description = "Register as of a Day"

    day = fields.Date(string="As Of", required=True, default=fields.Date.context_today)

    def action_open(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_connection.connection_component_register_action"
        )
        return {
            **action,
            "name": self.env._("Register as of %(day)s", day=self.day),
            "context": {"register_day": fields.Date.to_string(self.day)},
        }

    def action_export(self):
        self.ensure_one()
        return self.env.ref("energy_connection.action_register_xlsx").report_action(
            self
        )
