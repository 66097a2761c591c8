from . import test_configuration_file
from . import test_records
from . import test_folder
from . import test_ledger_profile
from . import test_operator
from . import test_views
