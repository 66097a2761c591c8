from odoo import api, fields, models


class BillingAgreement(models.Model):
    _inherit = "billing.agreement"

    switch_ids = fields.One2many(
        "energy.supplier.switch", "agreement_id", string="Supplier Switches"
    )
    switch_state = fields.Selection(
        lambda self: (
            self.env["energy.supplier.switch"]
            ._fields["state"]
            ._description_selection(self.env)
        ),
        string="Supplier Switch",
        compute="_compute_switch_state",
        store=True,
        help="Where the last request of supply stands.",
    )

    @api.depends("switch_ids.state")
    def _compute_switch_state(self):
        for agreement in self:
            last = agreement.switch_ids.sorted("id")[-1:]
            agreement.switch_state = last.state

    def action_open_switches(self):
        """Ask the distributors for these points."""
        self.env["energy.supplier.switch"]._open_for(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_supplier_switch_action"
        )
        action["domain"] = [("agreement_id", "in", self.ids)]
        action["context"] = {}
        return action
