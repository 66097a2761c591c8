from . import connection_register_xlsx
