from . import billing_period_xlsx
