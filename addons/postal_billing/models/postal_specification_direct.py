from odoo import models
from odoo.fields import Command


class PostalSpecification(models.Model):
    """Sales to whoever comes to the counter."""

    _inherit = "postal.specification"

    def _default_partner_id(self):
        """Who buys without giving a name."""
        if self.env.context.get("default_kind") == "direct":
            # who sells at the counter need not see agreement types
            partner = self.sudo()._get_direct_types().counter_partner_id[:1]
            return self.env["res.partner"].browse(partner.id)
        return False

    def _get_direct_types(self):
        return self.env["billing.agreement.type"].search(
            [("postal_kind", "=", "direct"), ("company_id", "=", self.env.company.id)]
        )

    def _make_direct_agreements(self):
        """Give partners of direct sales the agreement they are billed by.

        Who buys at the counter has no contract yet: account, contract and agreement
        are made from the one agreement type for direct sales and its price list.
        """
        new = self.filtered(
            lambda sale: sale.kind == "direct" and not sale.agreement_id
        )
        for company, sales in new.grouped("company_id").items():
            env = self.with_company(company).env
            sale_type = self.with_env(env)._get_direct_types()
            profile = env["billing.profile"].search(
                [("company_id", "=", company.id)], limit=1
            )
            # _check_complete says what is missing
            if len(sale_type) == len(sale_type.tariff_ids) == len(profile) == 1:
                sales._make_agreements(sale_type, profile)

    def _make_agreements(self, sale_type, profile):
        """Account, contract and agreement of each buyer, and his sales on it."""
        by_buyer = self.grouped(lambda sale: sale.partner_id.commercial_partner_id)
        firsts = [sales[0] for sales in by_buyer.values()]
        company = sale_type.company_id
        accounts = {
            buyer: buyer.billing_account_ids.filtered(
                lambda account: account.company_id == company
            )[:1]
            for buyer in by_buyer
        }
        without = [buyer for buyer, account in accounts.items() if not account]
        made = self.env["billing.account"].create(
            [
                {
                    "code": by_buyer[buyer][0].name,
                    "partner_id": by_buyer[buyer][0].partner_id.id,
                    "profile_id": profile.id,
                    "company_id": company.id,
                }
                for buyer in without
            ]
        )
        accounts.update(zip(without, made, strict=True))
        contracts = self.env["contract.contract"].create(
            [
                {
                    "name": self.env._("Direct sales"),
                    "partner_id": first.partner_id.id,
                    "company_id": company.id,
                }
                for first in firsts
            ]
        )
        start = {
            buyer: min(sales.period_id.mapped("date_start"))
            for buyer, sales in by_buyer.items()
        }
        agreements = self.env["billing.agreement"].create(
            [
                {
                    "code": first.name,
                    "account_id": accounts[buyer].id,
                    "contract_id": contract.id,
                    "type_id": sale_type.id,
                    "company_id": company.id,
                    "date_start": start[buyer],
                    "term_ids": [
                        Command.create(
                            {
                                "date_start": start[buyer],
                                "tariff_id": sale_type.tariff_ids.id,
                            }
                        )
                    ],
                }
                for buyer, first, contract in zip(
                    by_buyer, firsts, contracts, strict=True
                )
            ]
        )
        for sales, agreement in zip(by_buyer.values(), agreements, strict=True):
            sales.agreement_id = agreement
