from . import billing_advance_receive
from . import billing_advance_recalculate
from . import billing_advance_recalculate_line
