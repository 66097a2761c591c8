{
    "name": "Billing Example",
    "summary": "How a company adapts billing: a check, a field, a column of an export",
    "version": "19.0.1.1.0",
    "category": "Accounting/Billing",
    "license": "AGPL-3",
    "author": "Odoo Billing maintainers",
    "depends": ["billing_exchange"],
    "data": [
        "data/billing_check_data.xml",
        "data/billing_exchange_profile_data.xml",
        "views/billing_agreement_views.xml",
    ],
}
