"""A grid company in round figures: one cable shared by points, a road crossing."""

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
"""One transparent pixel as PNG."""


@tagged("post_install", "-at_install")
class ConnectionCase(AccountTestInvoicingCommon):
    """Contributions are outside VAT, contractual work has 25 %.

    Case: started 2026-03-01, one point of 63 kW. The cable costs 80,000 and is shared
    among 8 points; the crossing costs 20,000, for the customer alone; moving the meter
    is contractual work of 4,000. So the contribution is 30,000, the total 34,000
    without and 35,000 with tax.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref(
            "energy_connection.group_connection_manager"
        )
        cls.company = cls.company_data["company"]
        cls.vat = cls.env["account.tax"].create(
            {"name": "VAT 25 %", "amount": 25, "type_tax_use": "sale"}
        )
        cls.regulated = cls._create_charge_type(
            "Contribution", is_regulated=True, is_outside_vat=True
        )
        cls.work = cls._create_charge_type(
            "Ordered work", tax_ids=[Command.set(cls.vat.ids)]
        )
        cls.kind = cls._create_kind("new")
        cls.customer, cls.installer, cls.contractor = cls.env["res.partner"].create(
            [
                {"name": "Kari Nordmann", "email": "kari@example.com"},
                {"name": "Fjord Installation", "email": "post@fjord.example.com"},
                {"name": "Digger Ltd", "email": "post@digger.example.com"},
            ]
        )
        cls.cable = cls.env["connection.component"].create(
            {"name": "Cable", "code": "K-1", "method": "points", "total": 8}
        )
        cls.env["connection.deduction.rule"].create(
            {
                "name": "bunnfradrag",
                "date_start": "2002-01-01",
                "date_end": "2018-12-31",
                "amount": 20000,
            }
        )
        cls.env["connection.years.rule"].create(
            {"name": "Ten years", "date_start": "2009-01-01", "years": 10}
        )
        cls.case = cls._create_case()

    @classmethod
    def _create_charge_type(cls, name, **values):
        product = cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "invoice_policy": "order",
                "taxes_id": [Command.clear()],
            }
        )
        return cls.env["connection.charge.type"].create(
            {"name": name, "code": name, "product_id": product.id, **values}
        )

    @classmethod
    def _create_kind(cls, code, **values):
        return cls.env["connection.case.type"].create(
            {
                "name": f"Kind {code}",
                "code": code,
                "contribution_type_id": cls.regulated.id,
                **values,
            }
        )

    @classmethod
    def _create_case(cls, costs=True, **values):
        case = cls.env["connection.case"].create(
            {
                "type_id": cls.kind.id,
                "partner_id": cls.customer.id,
                "installer_id": cls.installer.id,
                "date_start": "2026-03-01",
                "capacity_kw": 63,
                **values,
            }
        )
        if costs:
            cls._add_cost(case, "Cable", 80000, component_id=cls.cable.id)
            cls._add_cost(case, "Crossing", 20000)
            cls._add_cost(case, "Moving the meter", 4000, kind=cls.work)
        return case

    @classmethod
    def _add_cost(cls, case, name, estimate, kind=None, **values):
        return cls.env["connection.cost"].create(
            {
                "case_id": case.id,
                "name": name,
                "estimate": estimate,
                "charge_type_id": (kind or cls.regulated).id,
                **values,
            }
        )

    @classmethod
    def _create_order(cls, case=None, **values):
        return cls.env["connection.order"].create(
            {
                "case_id": (case or cls.case).id,
                "partner_id": cls.contractor.id,
                **values,
            }
        )

    @classmethod
    def _user(cls, role):
        """An ordinary user: viewer of billing, clerk or manager of cases."""
        group = {
            "viewer": "billing_base.group_billing_viewer",
            "clerk": "energy_connection.group_connection_clerk",
            "manager": "energy_connection.group_connection_manager",
        }[role]
        return new_test_user(
            cls.env,
            login=f"connection_{role}",
            groups=group,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _portal_user(cls, partner, login):
        return new_test_user(
            cls.env,
            login=login,
            password=login,
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def _offer(self, case=None, sent=True):
        case = case or self.case
        case.action_create_offer()
        offer = case.offer_ids.filtered(lambda o: o.state == "draft")
        if sent:
            offer.action_quotation_sent()
        return offer

    def _sign(self, offer, name="Kari Nordmann"):
        """What the portal does when the customer signs."""
        offer = offer.sudo()
        offer.write({"signed_by": name, "signature": SIGNATURE})
        if not offer._has_to_be_paid():
            offer._validate_order()

    def _accept(self, case=None):
        offer = self._offer(case)
        self._sign(offer)
        return offer

    def _pay(self, invoice):
        if invoice.state == "draft":
            invoice.action_post()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({}).action_create_payments()
