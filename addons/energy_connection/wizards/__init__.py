from . import connection_change_import
from . import connection_later
from . import connection_register_day
from . import connection_paper_acceptance
from . import connection_reason
from . import connection_what_if
from . import sale_advance_payment_inv
