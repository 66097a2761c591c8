"""Pages as people see them: fixed samples beside their pictures in ``pages/``.

A picture that is meant to look otherwise is drawn anew:
``python tests/unit/test_documents_pages.py``, and looked at before it is committed.
"""

import sys
from pathlib import Path

FOLDER = Path(__file__).parent
PICTURES = FOLDER / "pages"
#: Share of a page that may be darker or lighter than the picture by a visible amount.
TOLERANCE = 0.002
VISIBLE = 48
SCALE = 0.75

if __name__ == "__main__":
    sys.path[:0] = [str(FOLDER), str(FOLDER.parents[1] / "addons/billing_base")]

import document_samples as samples  # noqa: E402
import numpy  # noqa: E402
import pypdfium2  # noqa: E402
import pytest  # noqa: E402
from documents import render  # noqa: E402
from PIL import Image, ImageFilter  # noqa: E402

SAMPLES = {
    "invoice": samples.invoice,
    "refund": lambda: samples.invoice(kind="refund", lang="en_US", texts={}),
    "reminder": samples.reminder,
    "claim": samples.claim,
}


def pages(name):
    """The pages of a sample as grey pictures."""
    document = pypdfium2.PdfDocument(render(SAMPLES[name]()))
    try:
        return [page.render(scale=SCALE).to_pil().convert("L") for page in document]
    finally:
        document.close()


def smooth(image):
    # another version of the renderer moves a letter by a fraction of a dot
    return numpy.asarray(image.filter(ImageFilter.GaussianBlur(2)), dtype=numpy.int16)


@pytest.mark.parametrize("name", SAMPLES)
def test_pages_look_like_their_pictures(name):
    drawn = pages(name)
    pictures = sorted(PICTURES.glob(f"{name}-*.png"))
    assert len(drawn) == len(pictures)
    for page, path in zip(drawn, pictures, strict=True):
        with Image.open(path) as picture:
            assert page.size == picture.size
            difference = numpy.abs(smooth(page) - smooth(picture.convert("L")))
        share = (difference > VISIBLE).mean()
        assert share <= TOLERANCE, f"{path.name}: {share:.2%} of the page is otherwise"


def test_a_missing_line_is_seen():
    """The tolerance lets no line of a table go."""
    (page,) = pages("claim")
    shorter = pypdfium2.PdfDocument(render(samples.claim(rows=2)))
    other = shorter[0].render(scale=SCALE).to_pil().convert("L")
    shorter.close()
    assert (numpy.abs(smooth(page) - smooth(other)) > VISIBLE).mean() > TOLERANCE


if __name__ == "__main__":
    for sample in SAMPLES:
        for number, drawn_page in enumerate(pages(sample), start=1):
            picture = drawn_page.quantize(16)
            picture.save(PICTURES / f"{sample}-{number}.png", optimize=True)
