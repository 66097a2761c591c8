from . import api
from . import payment
from . import portal
from . import sale_portal
