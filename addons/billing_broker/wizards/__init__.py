from . import billing_broker_count
