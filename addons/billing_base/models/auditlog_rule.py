from odoo import models

COLLECTED = "auditlog_collected"
"""Context key of the list that entries are put into instead of being stored."""


class AuditlogRule(models.Model):
    _inherit = "auditlog.rule"

    def create_logs(self, *args, **kwargs):
        """Store the entries of all records at once: a list of prices is one change."""
        collected = []
        collecting = self.with_context(**{COLLECTED: collected})
        super(AuditlogRule, collecting).create_logs(*args, **kwargs)
        return self.env["auditlog.log"].create(collected)
