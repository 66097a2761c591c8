from . import postal_report_xlsx
from . import postal_universal_xlsx
