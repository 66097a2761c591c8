from . import billing_period_xlsx
from . import billing_report_xlsx
from . import billing_what_if_xlsx
from . import billing_opening_xlsx
