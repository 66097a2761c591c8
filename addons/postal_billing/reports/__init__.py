from . import postal_universal_xlsx
