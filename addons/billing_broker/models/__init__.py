from . import billing_broker_agreement
from . import billing_broker_part
from . import billing_broker_assignment
from . import billing_broker_counter
from . import billing_broker_statement
from . import billing_broker_line
from . import contract_contract
