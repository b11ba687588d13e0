"""Plans that pages are made of, and a browser that shows them."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.page.browser import browser
from tests.page.fleets import HOSTILE, Case, case, hostile, many, prod


@pytest.fixture(scope="session")
def prod_case() -> Case:
    """A usual fleet."""
    return case(prod())


@pytest.fixture(scope="session")
def many_case() -> Case:
    """Five hundred subnets."""
    return case(many())


@pytest.fixture(scope="session")
def hostile_case() -> Case:
    """Names that want to be more than names."""
    return case(hostile(), title=HOSTILE)


@pytest.fixture(scope="session")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A browser for all tests."""
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started
