{
    "name": "Energy Forecast",
    "summary": "Forecasts, schedules, settlement and imbalance of energy",
    "version": "19.0.1.0.0",
    "category": "Accounting/Billing",
    "license": "AGPL-3",
    "author": "Odoo Billing maintainers",
    "depends": ["energy_billing", "report_xlsx"],
    "external_dependencies": {
        "python": ["holidays", "lxml", "numpy", "pandas", "statsmodels"]
    },
    "data": [],
}
