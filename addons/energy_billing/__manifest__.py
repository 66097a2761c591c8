{
    "name": "Energy Billing",
    "summary": "Metering points, readings, intervals and the files of distributors",
    "version": "19.0.1.0.0",
    "category": "Accounting/Billing",
    "license": "AGPL-3",
    "author": "Odoo Billing maintainers",
    "depends": ["billing_base", "edi_core_oca"],
    "external_dependencies": {
        "python": ["numpy", "openpyxl", "pandas", "python-stdnum"]
    },
    "data": [
        "security/ir.model.access.csv",
        "security/ir_rules.xml",
        "data/billing_quantity_type_data.xml",
        "data/energy_register_kind_data.xml",
        "data/edi_data.xml",
        "data/billing_check_data.xml",
    ],
    "application": False,
    "installable": True,
}
