from . import test_broker
from . import test_broker_portal
