from . import test_chart_tour
from . import test_forecast
from . import test_market_area
from . import test_screens
from . import test_settlement
