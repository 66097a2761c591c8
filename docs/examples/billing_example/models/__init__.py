from . import billing_agreement
from . import billing_check
