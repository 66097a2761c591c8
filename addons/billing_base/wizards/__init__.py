from . import billing_annex
from . import billing_annex_value
from . import billing_cancel
from . import billing_mass
from . import billing_price_change
from . import billing_price_change_line
from . import billing_waive
