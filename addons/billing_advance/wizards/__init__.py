from . import billing_advance_receive
