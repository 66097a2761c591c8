from . import billing_annex
from . import billing_annex_value
from . import billing_cancel
from . import billing_waive
