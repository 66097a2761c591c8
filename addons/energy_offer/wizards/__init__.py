from . import energy_offer_upload
