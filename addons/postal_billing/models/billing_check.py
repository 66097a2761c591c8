from odoo import models
from odoo.tools import SQL


class BillingCheck(models.Model):
    _inherit = "billing.check"

    def _check_duplicate(self, segments):
        """Cost centres bill the same services in the same month, each by its own
        specification; that none is billed twice is the database's affair."""
        return super()._check_duplicate(
            segments.filtered(lambda segment: not segment.specification_id)
        )

    def _check_contract_ceiling(self, segments):
        """What is billed under a contract goes beyond its ceiling.

        Everything counts that is billed or ready to be, the segments of the same
        contract before this one first.
        """
        self.env["contract.contract"].flush_model(["ceiling"])
        return {
            segment_id: {"ceiling": str(ceiling), "used": str(used)}
            for segment_id, ceiling, used in self._select(
                SQL(
                    """
                    WITH counted AS (
                        SELECT s.id, c.ceiling::text AS ceiling, c.ceiling AS bound,
                               sum(s.amount) OVER (PARTITION BY c.id
                                   ORDER BY s.state IN ('frozen') DESC, s.id) AS used
                          FROM billing_segment s
                          JOIN contract_contract c ON c.id = s.contract_id
                         WHERE c.ceiling > 0
                           AND s.state NOT IN ('cancelling', 'cancelled')
                           AND c.id IN (SELECT contract_id FROM billing_segment
                                         WHERE id = ANY(%(ids)s))
                    )
                    SELECT id, ceiling, used::text FROM counted
                     WHERE id = ANY(%(ids)s) AND used > bound
                    """,
                    ids=segments.ids,
                )
            )
        }
