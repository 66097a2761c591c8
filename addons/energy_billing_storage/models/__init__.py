from . import energy_intake
