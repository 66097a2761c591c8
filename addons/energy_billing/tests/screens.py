"""Opens lists as their screens do."""

from lxml import etree

from odoo.tools.safe_eval import safe_eval


def open_list(model):
    """Read a model's list with each of its filters and groups.

    :param model: of the user who looks
    :raises AccessError: for who may not look
    """
    views = model.get_views([(False, "list"), (False, "search")])["views"]
    shown = etree.fromstring(views["list"]["arch"])
    names = [
        node.get("name")
        for node in shown.xpath("//field")
        if node.get("column_invisible") not in ("1", "True")
    ]
    model.web_search_read([], {name: {} for name in names}, limit=5)
    search = etree.fromstring(views["search"]["arch"])
    for node in search.xpath("//filter"):
        if node.get("domain"):
            domain = safe_eval(node.get("domain"), {"uid": model.env.uid})
            model.search(domain, limit=1)
        group = safe_eval(node.get("context") or "{}").get("group_by")
        if group:
            model.formatted_read_group([], [group], ["__count"])
