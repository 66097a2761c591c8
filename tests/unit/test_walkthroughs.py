"""What the walk-throughs name is on the screens: menus, buttons, pictures, pages.

A menu is written **App › Menu › Entry**, a button [Button], a page of the portal or of
the help ../file.md or a picture as any link.
"""

import re
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "walkthroughs"
PAGES = sorted(FOLDER.glob("*.md"))
MENU = re.compile(r"\*\*([^*]+ › [^*]+)\*\*")
BUTTON = re.compile(r"(?<!\])\[([^\]\[]+)\](?!\()")
LINK = re.compile(r"\]\(([^)#]+)\)")
ODOO = {"New", "Save", "Confirm", "Accept & Sign", "Pay", "Ok"}
"""Buttons of Odoo's own screens."""


def _documents():
    for path in sorted(ROOT.glob("addons/*/**/*.xml")):
        yield path.relative_to(ROOT / "addons").parts[0], etree.parse(path).getroot()


def _text(node):
    return " ".join("".join(node.itertext()).split())


def _full(module, xmlid):
    return xmlid if "." in xmlid else f"{module}.{xmlid}"


def _collect():
    """:return: paths of menus and names of buttons, links and figures of all screens"""
    names, parents, actions, labels = {}, {}, {}, set()
    for module, root in _documents():
        for record in root.iter("record"):
            name = record.find("field[@name='name']")
            if name is not None and record.get("id"):
                actions[_full(module, record.get("id"))] = _text(name)
        for menu in root.iter("menuitem"):
            xmlid = _full(module, menu.get("id"))
            outer = menu.getparent()
            parent = outer.get("id") if outer.tag == "menuitem" else menu.get("parent")
            if parent:
                parents[xmlid] = _full(module, parent)
            name = menu.get("name") or _full(module, menu.get("action", ""))
            names[xmlid] = name
        for node in root.iter("button", "a"):
            labels |= {node.get("string"), node.get("title"), _text(node)}
            labels |= {field.get("string") for field in node.iter("field")}
        for node in root.iter("option", "filter", "page"):
            labels |= {node.get("string"), _text(node)}
    names = {xmlid: actions.get(name, name) for xmlid, name in names.items()}
    return {_path(xmlid, names, parents) for xmlid in names}, labels


def _path(xmlid, names, parents):
    path = [names[xmlid]]
    while xmlid := parents.get(xmlid):
        path.append(names.get(xmlid, "?"))
    return " › ".join(reversed(path))


@pytest.fixture(scope="module")
def screens():
    return _collect()


def _plain(page):
    return " ".join(page.read_text().split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_exists(page, screens):
    menus, labels = screens
    text = _plain(page)
    assert [path for path in MENU.findall(text) if path not in menus] == []
    buttons = set(BUTTON.findall(text))
    assert buttons - labels - ODOO == set()
    missing = [link for link in LINK.findall(text) if not (FOLDER / link).exists()]
    assert missing == []


def test_every_page_is_in_the_table_and_has_steps():
    index = (FOLDER / "README.md").read_text()
    pages = [page for page in PAGES if page.name != "README.md"]
    assert len(pages) >= 7
    for page in pages:
        assert f"({page.name})" in index
        text = page.read_text()
        assert text.count("\n1. ") >= 1 and "\n8. " in text, page.name
        assert MENU.search(text) or "/my" in text, page.name


def test_a_wrong_name_is_found(screens):
    menus, labels = screens
    assert "Billing › Month's Work › Active Periods" in menus
    assert "Billing › Month's Work › Passive Periods" not in menus
    assert BUTTON.findall("[Start] and [a link](x.md), [[x]]") == ["Start", "x"]
    assert "Start" in labels and "Begin All" not in labels
