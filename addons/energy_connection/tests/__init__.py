from . import test_access
from . import test_basis
from . import test_later
from . import test_offer
from . import test_order
from . import test_portal
from . import test_release
from . import test_settlement
