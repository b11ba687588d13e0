"""Fixtures of the region's tests that stand in modules of their own."""

from tests.region.ec2_client import clock, ec2, events, place  # noqa: F401
