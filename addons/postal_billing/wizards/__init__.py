from . import postal_calculator
from . import postal_copy
from . import postal_import
from . import postal_report_wizard
from . import postal_waive
