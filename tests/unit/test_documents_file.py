"""The file itself: fonts, PDF/A-3, metadata, reproducibility, memory."""

import gc
import io
import threading
import tracemalloc
from dataclasses import replace
from datetime import timedelta

import document_samples as samples
import pytest
from documents import DocumentError, EmbeddedFile, Layout, fonts, render
from documents.pdfa import bcp47
from lxml import etree
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import IndirectObject

XMP = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "fx": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
}


def reader(pdf):
    return PdfReader(io.BytesIO(pdf), strict=True)


def objects(file):
    for number in range(1, file.trailer["/Size"]):
        yield file.get_object(IndirectObject(number, 0, file))


def xmp(file):
    packet = file.trailer["/Root"]["/Metadata"].get_data()
    return etree.fromstring(packet)


def test_all_fonts_are_embedded_subsets():
    used = {}
    for page in reader(render(samples.invoice())).pages:
        used.update(page["/Resources"]["/Font"])
    assert len(used) == 2
    for font in used.values():
        font = font.get_object()
        assert font["/BaseFont"].startswith("/AAAAAA+DejaVuSans")
        assert font["/FontDescriptor"]["/FontFile2"].get_data()
        assert font["/ToUnicode"].get_data()
        # ISO 19005-3, 6.2.11.6: a symbolic TrueType font names no encoding
        assert "/Encoding" not in font
        assert font["/FontDescriptor"]["/Flags"] & 4


def test_widths_are_those_of_the_font_program():
    """ISO 19005-3, 6.2.11.5: they may differ by one thousandth at most."""
    from fontTools.ttLib import TTFont

    page = reader(render(samples.invoice())).pages[0]
    for font in page["/Resources"]["/Font"].values():
        font = font.get_object()
        program = TTFont(io.BytesIO(font["/FontDescriptor"]["/FontFile2"].get_data()))
        codes = program["cmap"].tables[0].cmap
        scale = 1000 / program["head"].unitsPerEm
        for code, glyph in codes.items():
            width = program["hmtx"][glyph][0] * scale
            assert abs(float(font["/Widths"][code]) - width) <= 1


def test_the_header_marks_an_archive_file():
    """Odoo takes a second line of six bytes for PDF/A and then converts nothing."""
    pdf = render(samples.invoice())
    first, second = pdf.split(b"\n")[:2]
    assert first == b"%PDF-1.7"
    assert second[:1] == b"%" and len(second) == 5
    assert all(byte > 127 for byte in second[1:])


def test_every_stream_ends_on_a_line_of_its_own():
    pdf = render(samples.invoice())
    places = pdf.count(b"endstream")
    assert places == pdf.count(b"\nendstream\n")


def test_the_file_declares_pdf_a_3b_and_its_colours():
    file = reader(render(samples.invoice()))
    tree = xmp(file)
    assert tree.findtext(".//pdfaid:part", namespaces=XMP) == "3"
    assert tree.findtext(".//pdfaid:conformance", namespaces=XMP) == "B"
    (intent,) = file.trailer["/Root"]["/OutputIntents"]
    profile = intent.get_object()["/DestOutputProfile"]
    assert profile["/N"] == 3
    assert profile.get_data()[36:40] == b"acsp"
    assert file.trailer["/ID"][0]
    for obj in objects(file):
        if isinstance(obj, dict):
            assert obj.get("/S") != "/JavaScript" and "/Encrypt" not in obj


def test_title_language_and_dates_are_set_and_agree():
    file = reader(render(samples.invoice()))
    root, info, tree = file.trailer["/Root"], file.metadata, xmp(file)
    assert info.title == "Фактура 0000012345"
    assert root["/Lang"] == "bg-BG"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    title = tree.findtext(".//dc:title/rdf:Alt/rdf:li", namespaces=XMP)
    author = tree.findtext(".//dc:creator/rdf:Seq/rdf:li", namespaces=XMP)
    created = tree.findtext(".//xmp:CreateDate", namespaces=XMP)
    assert (title, author) == (info.title, info.author)
    assert created == "2026-08-03T07:30:00Z"
    assert info.creation_date == info.modification_date == samples.CREATED


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("bg_BG", "bg-BG"),
        ("sr@latin", "sr-Latn"),
        ("sr_ME@latin", "sr-Latn-ME"),
        ("en", "en"),
    ],
)
def test_language_codes_become_language_tags(code, tag):
    assert bcp47(code) == tag


def test_the_same_input_gives_the_same_bytes():
    assert render(samples.invoice()) == render(samples.invoice())


def test_another_time_is_another_file():
    later = samples.CREATED + timedelta(seconds=1)
    one, two = render(samples.invoice()), render(samples.invoice(created=later))
    assert one != two
    assert reader(one).trailer["/ID"] != reader(two).trailer["/ID"]


def test_markup_in_names_stays_text_in_the_metadata():
    document = samples.invoice(seller=samples.seller(name="A & B <Ltd>"))
    tree = xmp(reader(render(document)))
    author = tree.findtext(".//dc:creator/rdf:Seq/rdf:li", namespaces=XMP)
    assert author == "A & B <Ltd>"


def test_an_xml_file_is_embedded_once_and_declared():
    content = "<Invoice>Фактура</Invoice>".encode()
    attachment = EmbeddedFile(
        "factur-x.xml", content, relationship="Alternative", profile="EN 16931"
    )
    file = reader(render(samples.invoice(attachments=(attachment,))))
    assert file.attachments == {"factur-x.xml": [content]}
    (associated,) = file.trailer["/Root"]["/AF"]
    associated = associated.get_object()
    assert associated["/AFRelationship"] == "/Alternative"
    assert associated["/EF"]["/F"]["/Subtype"] == "/text/xml"
    tree = xmp(file)
    assert tree.findtext(".//fx:ConformanceLevel", namespaces=XMP) == "EN 16931"
    assert tree.findtext(".//fx:DocumentFileName", namespaces=XMP) == "factur-x.xml"


def logo(mode="RGBA", kind="PNG", size=(400, 120)):
    content = io.BytesIO()
    Image.new(mode, size, (200, 30, 30, 128)[: len(mode)]).save(content, kind)
    return content.getvalue()


@pytest.mark.parametrize(
    "content", [logo(), logo("P"), logo("RGB", "JPEG"), logo("CMYK", "JPEG")]
)
def test_a_logo_is_drawn_without_transparency(content):
    file = reader(render(samples.invoice(layout=Layout(logo=content))))
    (image,) = file.pages[0]["/Resources"]["/XObject"].values()
    image = image.get_object()
    assert image["/ColorSpace"] == "/DeviceRGB"
    assert "/SMask" not in image
    # the name in its place isn't needed then
    assert file.pages[0].extract_text().count("Слънчев лъч Енерджи ЕАД") >= 1


def test_an_unreadable_logo_gives_way_to_the_name():
    file = reader(render(samples.invoice(layout=Layout(logo=b"<svg/>"))))
    assert "/XObject" not in file.pages[0]["/Resources"]


def test_a_colour_that_is_none_is_refused():
    with pytest.raises(DocumentError) as caught:
        render(samples.invoice(layout=Layout(primary="blue-ish")))
    assert caught.value.code == "colour"


def test_missing_fonts_are_named_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "DEJAVU", tmp_path)
    fonts.family.cache_clear()
    with pytest.raises(DocumentError, match="fonts-dejavu-core"):
        render(samples.invoice())
    fonts.family.cache_clear()


def test_a_file_that_is_no_font_is_named(tmp_path):
    path = tmp_path / "font.ttf"
    path.write_bytes(b"noise" * 100)
    with pytest.raises(DocumentError, match="font.ttf") as caught:
        render(samples.invoice(layout=Layout(fonts=(str(path), str(path)))))
    assert caught.value.code == "font_unusable"


def test_other_font_files_can_be_named():
    paths = tuple(str(fonts.DEJAVU / name) for name in fonts.CANDIDATES[1])
    file = reader(render(samples.invoice(layout=Layout(fonts=paths))))
    names = {
        font.get_object()["/BaseFont"]
        for font in file.pages[0]["/Resources"]["/Font"].values()
    }
    assert names == {"/AAAAAA+DejaVuSans", "/AAAAAA+DejaVuSans-Bold"}
    assert "Фактура" in file.pages[0].extract_text()


def test_a_failed_document_leaves_nothing_behind():
    family = fonts.family()
    broken = replace(samples.invoice(), sections=(None,))
    with pytest.raises(AttributeError):
        render(broken)
    gc.collect()
    assert not len(family.regular.state)


def test_threads_draw_at_once_without_disturbing_each_other():
    documents = [samples.invoice(notes=(chr(0x3B1 + i) * 9,)) for i in range(8)]
    expected = [render(document) for document in documents]
    drawn = [None] * len(documents)

    def draw(index):
        for _round in range(3):
            drawn[index] = render(documents[index])

    threads = [threading.Thread(target=draw, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == expected


def test_memory_does_not_grow_with_the_number_of_documents():
    document = samples.invoice()
    for _warm in range(5):
        render(document)
    gc.collect()
    tracemalloc.start()
    for _round in range(20):
        render(document)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for _round in range(20):
        render(document)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 100_000
