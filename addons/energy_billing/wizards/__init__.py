from . import energy_import_wizard
from . import energy_meter_exchange
from . import energy_network_dispute
