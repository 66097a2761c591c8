from odoo import api, models
from odoo.tools import format_date

from odoo.addons.billing_base.models.billing_segment import OPEN_STATES


class BillingAdvance(models.Model):
    """The real bill deducts the advances billed for its days, each once."""

    _inherit = "billing.advance"

    @api.model
    def _settle(self, agreements, period):
        """Put the deductions beside the segments that wait in the period.

        What was not requested or not paid until then is not needed any more.

        :return: the billing.segment made or made anew
        """
        Segment = self.env["billing.segment"]
        if not self.search_count([("agreement_id", "in", agreements.ids)], limit=1):
            return Segment
        real = Segment.search(
            [
                ("agreement_id", "in", agreements.ids),
                ("period_id", "=", period.id),
                ("is_exclusive", "=", True),
                ("state", "in", OPEN_STATES),
            ]
        )
        last = {}
        for segment in real:
            agreement = segment.agreement_id
            last[agreement] = max(
                segment.date_end, last.get(agreement, period.date_start)
            )
        self._take_off(agreements - real.agreement_id, period)
        if not last:
            return Segment
        covered = self.search(
            [
                ("agreement_id", "in", [agreement.id for agreement in last]),
                ("state", "in", ("planned", "requested", "billed")),
                ("date", "<=", max(last.values())),
            ]
        ).filtered(lambda advance: advance.date <= last[advance.agreement_id])
        billed = covered.filtered(lambda advance: advance.state == "billed")
        (covered - billed)._drop()
        charges = self.env["billing.charge"]._request(
            [advance._prepare_settlement() for advance in billed]
        )
        charges.action_requeue()
        open_ones = charges.filtered(
            lambda charge: (
                charge.state == "waiting"
                or (charge.state == "segment" and not charge.invoice_id)
            )
        )
        return self.env["billing.generator"]._generate_charges(open_ones, period)

    def _prepare_settlement(self):
        """The same product, price and day as the advance has, taken away: a tax that
        changed since is that of the advance."""
        self.ensure_one()
        request = self.charge_ids.filtered(lambda charge: not charge.is_settlement)
        lang = self.agreement_id.partner_id.lang
        env = self.with_context(lang=lang).env if lang else self.env
        return {
            "source_key": f"advance,{self.id},settlement",
            "advance_id": self.id,
            "is_settlement": True,
            "name": env._(
                "Less advance of %(date)s, %(invoice)s",
                date=format_date(env, self.date),
                invoice=request.invoice_id.name,
            ),
            "type_id": request.type_id.id,
            "agreement_id": self.agreement_id.id,
            "company_id": self.company_id.id,
            "currency_id": request.currency_id.id,
            "product_id": request.product_id.id,
            "quantity": -request.quantity,
            "unit_price": request.unit_price,
            "date": request.date,
        }

    def _drop(self):
        """Unpaid pro-formas and what was only planned: the real bill is there."""
        requests = self.charge_ids
        drafts = requests.segment_ids.invoice_id
        requests.segment_ids._leave_draft()
        requests.segment_ids.unlink()
        requests.unlink()
        # what else stands on a draft stays there
        self.env["billing.invoicer"]._renew_drafts(drafts)
        self.is_dropped = True

    @api.model
    def _take_off(self, agreements, period):
        """Deductions whose bill is gone wait for the next one."""
        left = (
            self.env["billing.charge"]
            .search(
                [
                    ("agreement_id", "in", agreements.ids),
                    ("is_settlement", "=", True),
                    ("state", "in", ("waiting", "segment")),
                    ("segment_ids.period_id", "in", (period.id, False)),
                ]
            )
            .filtered(lambda charge: not charge.invoice_id)
        )
        left.segment_ids.unlink()
        left.unlink()
