from . import test_access
from . import test_invoicer
from . import test_ledger_export
from . import test_period
from . import test_run
from . import test_segment
from . import test_documents
