from . import energy_weather_import
from . import energy_schedule_answer
from . import energy_settlement_import
