"""The browser for the tests of the HTML report."""

from tests.support.browser import browser

__all__ = ["browser"]
