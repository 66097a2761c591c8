"""What a post office counts: payouts against their totals, mailings by the piece.

Pure Python: no Odoo, no database, no clock. Prices are rated by billing_base's rating
package; here is what comes before: which quantities there are, and whether they agree.
"""

from .mailing import Mailing, Part, parts_of
from .payouts import Count, Difference, differences, is_in_band

__all__ = [
    "Count",
    "Difference",
    "Mailing",
    "Part",
    "differences",
    "is_in_band",
    "parts_of",
]
