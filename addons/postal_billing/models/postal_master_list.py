"""Master data as one workbook: partners, banks, cities, cost centres, contracts."""

from odoo.addons.billing_base.rating import to_decimal
from odoo.addons.billing_base.sheets import BOOLEAN, CODES, DATE, DECIMAL, Column, Sheet

from .postal_master_plan import MasterPlan


class MasterList:
    """The sheets of the master data. What is there comes out and can come back: an
    import of the same file changes nothing."""

    model = "res.partner"

    def get_title(self, env):
        return env._("Post office: partners, cost centres, contracts")

    def get_sheets(self, env):
        return [
            self._kind_sheet(env),
            self._region_sheet(env),
            self._centre_sheet(env),
            self._city_sheet(env),
            self._partner_sheet(env),
            self._bank_sheet(env),
            self._contract_sheet(env),
            self._service_sheet(env),
        ]

    def get_tables(self, env, records=None):
        """Sheets with all rows of the company."""
        found = existing_rows(env)
        return [
            (sheet, [row for _record, row in found[sheet.key].values()])
            for sheet in self.get_sheets(env)
        ]

    def plan(self, env, reading):
        """What the rows of a reading would make or change: a ListPlan."""
        return MasterPlan(env, reading, self.get_sheets(env), existing_rows(env))

    def _kind_sheet(self, env):
        _ = env._
        return Sheet(
            "kinds",
            _("Kinds of Partner"),
            (
                Column("code", _("Code"), required=True),
                Column("name", _("Name"), required=True, width=30),
            ),
            unique=("code",),
            optional=True,
        )

    def _region_sheet(self, env):
        _ = env._
        return Sheet(
            "regions",
            _("Regions"),
            (
                Column("code", _("Code"), required=True),
                Column("name", _("Name"), required=True, width=30),
            ),
            unique=("code",),
            optional=True,
        )

    def _centre_sheet(self, env):
        _ = env._
        return Sheet(
            "centres",
            _("Cost Centres"),
            (
                Column("code", _("Code"), required=True),
                Column("name", _("Name"), required=True, width=30),
                Column("region", _("Region"), optional=True, help=_("Its code.")),
                Column("active", _("Active"), BOOLEAN, optional=True),
            ),
            unique=("code",),
            optional=True,
        )

    def _city_sheet(self, env):
        _ = env._
        return Sheet(
            "cities",
            _("Cities"),
            (
                Column("country", _("Country"), required=True, help=_("ME, RS …")),
                Column("zip", _("Postcode"), required=True),
                Column("name", _("Name"), required=True, width=30),
            ),
            unique=("country", "zip"),
            optional=True,
        )

    def _partner_sheet(self, env):
        _ = env._
        return Sheet(
            "partners",
            _("Partners"),
            (
                Column("ref", _("Reference"), required=True),
                Column("name", _("Name"), required=True, width=40),
                Column(
                    "kinds",
                    _("Kinds"),
                    CODES,
                    optional=True,
                    help=_("Codes of kinds of partner, separated by commas."),
                ),
                Column("vat", _("Tax Number"), optional=True),
                Column("street", _("Street"), optional=True, width=30),
                Column("zip", _("Postcode"), optional=True),
                Column("city", _("City"), optional=True, width=20),
                Column("country", _("Country"), optional=True),
                Column("email", _("E-Mail"), optional=True, width=24),
                Column("phone", _("Phone"), optional=True),
                Column("terms", _("Payment Terms"), optional=True, width=20),
                Column(
                    "account",
                    _("Billing Account"),
                    optional=True,
                    help=_("Its number; empty: no invoices on account yet."),
                ),
                Column(
                    "profile",
                    _("Billing Profile"),
                    optional=True,
                    width=24,
                    help=_("Of the account: one invoice or one per cost centre …"),
                ),
            ),
            unique=("ref",),
            optional=True,
        )

    def _bank_sheet(self, env):
        _ = env._
        return Sheet(
            "banks",
            _("Bank Accounts"),
            (
                Column("partner", _("Partner"), required=True),
                Column("iban", _("IBAN"), required=True, width=34),
                Column("bic", _("BIC"), optional=True),
                Column("holder", _("Holder"), optional=True, width=30),
            ),
            unique=("partner", "iban"),
            optional=True,
        )

    def _contract_sheet(self, env):
        _ = env._
        return Sheet(
            "contracts",
            _("Contracts"),
            (
                Column("number", _("Number"), required=True),
                Column("partner", _("Partner"), required=True),
                Column("name", _("Subject"), required=True, width=40),
                Column("start", _("From"), DATE, required=True),
                Column("end", _("To"), DATE, optional=True),
                Column(
                    "discount",
                    _("Discount %"),
                    DECIMAL,
                    digits=4,
                    minimum=0,
                    maximum=100,
                    optional=True,
                    help=_("On all services; others are entered as discounts."),
                ),
                Column("terms", _("Payment Terms"), optional=True, width=20),
                Column(
                    "ceiling",
                    _("Ceiling"),
                    DECIMAL,
                    digits=2,
                    minimum=0,
                    optional=True,
                    help=_("Untaxed amount that may be billed under the contract."),
                ),
            ),
            unique=("number",),
            optional=True,
        )

    def _service_sheet(self, env):
        _ = env._
        return Sheet(
            "services",
            _("Services of Contracts"),
            (
                Column("contract", _("Contract"), required=True, help=_("Its number.")),
                Column(
                    "type",
                    _("Agreement Type"),
                    required=True,
                    help=_("Its code: on account, payouts, hybrid mail …"),
                ),
                Column("tariff", _("Price List"), required=True, help=_("Its code.")),
            ),
            unique=("contract", "type"),
            optional=True,
        )


def existing_rows(env):
    """What there is, as the sheets have it: ``{sheet: {key: (record, row)}}``."""
    company = env.company
    own = [("company_id", "=", company.id)]
    shared = [("company_id", "in", (False, company.id))]
    kinds = env["postal.partner.kind"].with_context(active_test=False).search([])
    regions = env["postal.region"].with_context(active_test=False).search(own)
    centres = (
        env["account.analytic.account"]
        .with_context(active_test=False)
        .search([("is_cost_centre", "=", True), *shared])
    )
    cities = env["res.city"].search([("zipcode", "!=", False)])
    partners = env["res.partner"].search(
        [("ref", "!=", False), ("parent_id", "=", False), *shared]
    )
    agreements = env["billing.agreement"].search(
        [("type_id.postal_kind", "!=", False), *own]
    )
    contracts = agreements.contract_id.filtered("code")
    discounts = env["billing.discount"].search(
        [
            ("contract_id", "in", contracts.ids),
            ("tariff_id", "=", False),
            ("item_id", "=", False),
            ("method", "=", "percent"),
        ],
        order="date_start",
    )
    percent = {found.contract_id: found for found in discounts}
    return {
        "kinds": {r.code: (r, {"code": r.code, "name": r.name}) for r in kinds},
        "regions": {r.code: (r, {"code": r.code, "name": r.name}) for r in regions},
        "centres": {r.code: (r, _centre_row(r)) for r in centres},
        "cities": {(r.country_id.code, r.zipcode): (r, _city_row(r)) for r in cities},
        "partners": {r.ref: (r, _partner_row(r, company)) for r in partners},
        "banks": {
            (r.partner_id.ref, r.sanitized_acc_number): (r, _bank_row(r))
            for r in partners.bank_ids
        },
        "contracts": {
            r.code: (r, _contract_row(r, percent.get(r, discounts[:0])))
            for r in contracts
        },
        "services": {
            (r.contract_id.code, r.type_id.code): (r, _service_row(r))
            for r in agreements
            if r.contract_id in contracts
        },
    }


def _centre_row(centre):
    return {
        "code": centre.code,
        "name": centre.name,
        "region": centre.postal_region_id.code or None,
        "active": centre.active,
    }


def _city_row(city):
    return {"country": city.country_id.code, "zip": city.zipcode, "name": city.name}


def _partner_row(partner, company):
    account = partner.billing_account_ids.filtered(
        lambda account: account.company_id == company
    )[:1]
    names = ("vat", "street", "zip", "city", "email", "phone")
    return {
        "ref": partner.ref,
        "name": partner.name,
        "kinds": tuple(sorted(partner.postal_kind_ids.mapped("code"))),
        **{name: partner[name] or None for name in names},
        "country": partner.country_id.code or None,
        "terms": partner.property_payment_term_id.name or None,
        "account": account.code or None,
        "profile": account.profile_id.name or None,
    }


def _bank_row(bank):
    return {
        "partner": bank.partner_id.ref,
        "iban": bank.sanitized_acc_number,
        "bic": bank.bank_bic or None,
        "holder": bank.acc_holder_name or None,
    }


def _contract_row(contract, discount):
    agreements = contract.agreement_ids.filtered("type_id.postal_kind")
    ends = agreements.mapped("date_end")
    return {
        "number": contract.code,
        "partner": contract.partner_id.ref or None,
        "name": contract.name,
        "start": min(agreements.mapped("date_start")),
        "end": max(ends) if all(ends) else None,
        "discount": to_decimal(discount.percent) if discount else None,
        "terms": contract.payment_term_id.name or None,
        "ceiling": to_decimal(contract.ceiling) or None,
    }


def _service_row(agreement):
    return {
        "contract": agreement.contract_id.code,
        "type": agreement.type_id.code,
        "tariff": agreement.term_ids.sorted("date_start")[-1:].tariff_id.code,
    }
