"""Pages that everybody can use: axe finds nothing, and Tab comes to everything."""

import pytest
from playwright.sync_api import Page

from tests.e2e import axe

# What a page looks like does not hang on the database.
once = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@once
@pytest.mark.parametrize("name", ["parts", "form"])
def test_the_frame_is_accessible(in_frame: Page, name: str) -> None:
    in_frame.goto(in_frame.url.replace("/parts", f"/{name}"))
    axe.is_accessible(in_frame)
    axe.can_be_walked(in_frame)


@once
def test_what_is_wrong_is_found(in_frame: Page) -> None:
    """The check can fail: a picture without words, a button that Tab does not reach or show."""
    in_frame.evaluate("document.querySelector('main').append(new Image())")
    assert any("image-alt" in one for one in axe.violations(in_frame))
    in_frame.evaluate(
        "document.querySelector('main').append(Object.assign(document.createElement('button'),"
        " {textContent: '看不见', className: 'visually-hidden'}))"
    )
    with pytest.raises(AssertionError, match="看不见"):
        axe.can_be_walked(in_frame)
