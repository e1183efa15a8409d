"""The installation of the acceptance tests."""

from tests.acceptance.office import office as office
