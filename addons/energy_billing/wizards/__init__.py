from . import energy_import_wizard
from . import energy_meter_exchange
from . import energy_network_dispute
from . import energy_occupant_change
from . import energy_occupant_change_line
from . import energy_switch_answer
