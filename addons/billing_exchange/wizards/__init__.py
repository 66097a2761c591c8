from . import billing_export_cancel
