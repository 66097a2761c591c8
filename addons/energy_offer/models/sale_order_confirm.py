from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.fields import Command


class SaleOrder(models.Model):
    """An accepted offer becomes customer, contract, points, agreements and terms."""

    _inherit = "sale.order"

    def _confirmation_error_message(self):
        message = super()._confirmation_error_message()
        if message or not self.is_energy_offer:
            return message
        if not self.energy_date_start or not self.energy_amount:
            return self.env._(
                "Offer %(offer)s: enter from when energy is to be supplied and "
                "estimate the year.",
                offer=self.name,
            )
        if self.validity_date and self.validity_date < fields.Date.context_today(self):
            return self.env._(
                "Offer %(offer)s expired on %(day)s. Make a new one.",
                offer=self.name,
                day=self.validity_date,
            )
        return False

    def _action_confirm(self):
        result = super()._action_confirm()
        # accepting creates what was offered: the customer, who signs in the portal, and
        # who sells have no rights on contracts
        self.sudo()._create_offered()
        return result

    def _create_offered(self):
        """Make what was accepted, once, however often it is asked for."""
        for order in self.filtered("is_energy_offer"):
            order.lock_for_update()
            done = self.env["billing.agreement"].search(
                [("offer_point_id", "in", order.energy_point_ids.ids)]
            )
            points = order.energy_point_ids - done.offer_point_id
            if points:
                order._create_offered_agreements(points)

    def _create_offered_agreements(self, points):
        tariff = self._get_offered_tariff()
        account = self._get_offered_account()
        contract = (
            self.env["contract.contract"]
            .with_context(skip_modification_mail=True)
            .create(
                {
                    "name": f"{self.energy_type_id.name}, {self.partner_id.name}",
                    "code": self.name,
                    "partner_id": self.partner_id.id,
                    "invoice_partner_id": self.partner_invoice_id.id,
                    "company_id": self.company_id.id,
                    "date": self.energy_date_start,
                }
            )
            .with_env(self.env)
        )
        created = self.env["energy.metering.point"].create(
            [self._prepare_offered_point(p) for p in points if not p.point_id]
        )
        codes = {(point.code, point.commodity): point for point in created}
        for line in points - points.filtered("point_id"):
            line.point_id = codes[line.code, line.commodity]
        numbers = self.env["energy.onboarding"]._get_agreement_codes(points.point_id)
        agreements = self.env["billing.agreement"].create(
            [
                {
                    "code": code,
                    "contract_id": contract.id,
                    "account_id": account.id,
                    "company_id": self.company_id.id,
                    "type_id": self.energy_type_id.id,
                    "point_id": line.point_id.id,
                    "date_start": self.energy_date_start,
                    "date_end": self.energy_date_end,
                    "is_draft": True,
                    "offer_point_id": line.id,
                    "term_ids": [
                        Command.create(self._prepare_offered_term(line, tariff))
                    ],
                }
                for line, code in zip(points, numbers, strict=True)
            ]
        )
        self.partner_id.customer_rank = max(self.partner_id.customer_rank, 1)
        if self.sale_order_template_id.energy_has_advances:
            self._create_offered_plans(agreements)
        self.message_post(
            body=self.env._(
                "%(count)s agreements were made. They are billed when they are "
                "released.",
                count=len(agreements),
            )
        )

    def _get_offered_tariff(self):
        """The price list, or one of the customer's own with the prices offered."""
        tariff = self.energy_tariff_id
        own = {row.item_id: row.price for row in self.energy_price_ids if row._is_own()}
        if not own:
            return tariff
        copied = tariff.copy(
            {
                "name": f"{tariff.name}, {self.name}",
                "code": f"{tariff.code}-{self.name}",
                "item_ids": [],
            }
        )
        items = {}
        # parents before their children
        for item in tariff.item_ids.sorted(lambda i: len(i.parent_path or "")):
            items[item] = item.copy(
                {
                    "tariff_id": copied.id,
                    "parent_id": items[item.parent_id].id if item.parent_id else False,
                    "code": item.code,
                    "name": item.name,
                    "percent_of_ids": [],
                }
            )
            for version in item.price_ids:
                version.copy(
                    {
                        "item_id": items[item].id,
                        "price": own.get(item, version.price),
                    }
                )
        for item, twin in items.items():
            twin.percent_of_ids = [
                Command.set([items[other].id for other in item.percent_of_ids])
            ]
        allowed = self.energy_type_id
        if allowed.tariff_ids:
            allowed.tariff_ids = [Command.link(copied.id)]
        return copied

    def _get_offered_account(self):
        """The customer's billing account with this profile, else a new one."""
        Account = self.env["billing.account"]
        values = {
            "partner_id": self.partner_id.id,
            "profile_id": self.energy_profile_id.id,
            "company_id": self.company_id.id,
        }
        known = Account.search([(key, "=", value) for key, value in values.items()])
        if known:
            return known[0]
        (code,) = self.env["energy.onboarding"]._next_account_codes(self.company_id, 1)
        return Account.create(values | {"code": code})

    def _prepare_offered_point(self, line):
        return {
            "code": line.code,
            "company_id": self.company_id.id,
            "commodity": line.commodity,
            "measurement": line.measurement,
            "curve_id": line.curve_id.id,
            "street": line.street,
            "zip": line.zip,
            "city": line.city,
            "country_id": self.company_id.country_id.id,
        }

    def _prepare_offered_term(self, line, tariff):
        values = []
        if line.capacity_kw:
            capacity = self.env.ref("energy_billing.quantity_type_capacity")
            values.append(
                Command.create(
                    {"quantity_type_id": capacity.id, "value": line.capacity_kw}
                )
            )
        return {
            "date_start": self.energy_date_start,
            "tariff_id": tariff.id,
            "value_ids": values,
        }

    def _create_offered_plans(self, agreements):
        """Advance plans of a year in draft, over what was estimated."""
        last = self.energy_date_start + relativedelta(years=1, days=-1)
        if self.energy_date_end:
            last = min(last, self.energy_date_end)
        self.env["billing.advance.plan"].create(
            [
                {
                    "agreement_id": agreement.id,
                    "company_id": self.company_id.id,
                    "date_start": self.energy_date_start,
                    "date_end": last,
                    "expected_amount": agreement.offer_point_id.amount,
                    "quantity_ids": [
                        Command.create(
                            {
                                "quantity_type_id": row.quantity_type_id.id,
                                "value": row.value,
                            }
                        )
                        for row in agreement.offer_point_id.yearly_ids
                    ],
                }
                for agreement in agreements
            ]
        )
