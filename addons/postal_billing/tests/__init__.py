from . import test_access
from . import test_copy
from . import test_import
from . import test_invoice
from . import test_payout
from . import test_price
from . import test_report
from . import test_tariff_workbook
