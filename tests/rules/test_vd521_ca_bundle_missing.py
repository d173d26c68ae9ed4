"""VD521: certificates."""

from __future__ import annotations

from tests.support.package_facts import SITE, dist, findings, with_library
from venvdoctor.model.distribution import Bundle, Library

RULE = "vd521_ca_bundle_missing"


def test_a_package_without_its_certificates_is_an_error() -> None:
    library = Library(bundles=(Bundle(f"{SITE}/certifi/cacert.pem", "certifi", exists=False),))
    (found,) = findings(RULE, with_library(library))
    assert (found.severity, found.distribution) == ("error", "certifi")


def test_a_variable_is_the_sessions_affair() -> None:
    library = Library(bundles=(Bundle("/gone.pem", "SSL_CERT_FILE", exists=False),), distributions=(dist(),))
    (found,) = findings(RULE, with_library(library))
    assert found.severity == "warning"


def test_silent_while_they_are_there_or_nobody_can_tell() -> None:
    bundles = (Bundle("/there.pem", "SSL_CERT_FILE", exists=True), Bundle("/denied.pem", "PIP_CERT", exists=None))
    assert not findings(RULE, with_library(Library(bundles=bundles, distributions=(dist(),))))
