"""Schedule documents: CIM (IEC 62325-451-2) and ESS 4.1, and what answers them."""

from .acknowledgement import Acknowledgement, parse_acknowledgement
from .cim import write_cim
from .document import Schedule, ScheduleError, Series
from .ess import write_ess
from .purchase import Contract, to_buy
