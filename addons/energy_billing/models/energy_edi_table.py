from odoo import models

from odoo.addons.edi_core_oca.utils import EDIExchangeActionResult


class EnergyEdiTable(models.AbstractModel):
    """Processes delivered tables: named in the exchange type."""

    _name = "energy.edi.table"
    _inherit = "edi.oca.handler.process"
    _description = "Processing of Delivered Tables"

    def process(self, exchange_record):
        summary = self.env["energy.message"]._receive(exchange_record)
        return EDIExchangeActionResult(output=summary, message=summary)
