"""One server, client and fetcher for the tests of a module; the server is empty at the beginning of each."""

from collections.abc import Iterator

import httpx
import pytest

from tests.integration.http.web import Site, make_fetcher
from worker.adapters.guard import AddressGuard, guarded_client
from worker.adapters.http import HttpFetcher


@pytest.fixture(scope="module")
def site_of_module() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def site(site_of_module: Site) -> Site:
    site_of_module.pages.clear()
    site_of_module.live.clear()
    site_of_module.requests.clear()
    return site_of_module


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with guarded_client(AddressGuard(["127.0.0.0/8", "::1/128"]), timeout_seconds=10) as client:
        yield client


@pytest.fixture(scope="module")
def fetcher(client: httpx.Client) -> HttpFetcher:
    return make_fetcher(client)
