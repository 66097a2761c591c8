{
    "name": "Montenegro - Billing Accounts and Taxes",
    "summary": "A small chart of accounts and the taxes of Montenegro",
    "version": "19.0.1.0.0",
    "category": "Accounting/Localizations/Account Charts",
    "countries": ["me"],
    "license": "AGPL-3",
    "author": "Odoo Billing maintainers",
    "depends": ["account", "base_vat"],
    "data": ["data/res_lang_data.xml"],
}
