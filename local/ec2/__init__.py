"""EC2: moto's models with the rules of AWS that programs depend on. `install()` puts them in moto's place."""

from moto.ec2.models import ec2_backends

from local.ec2.backend import EC2Backend
from local.ec2.responses import EC2Response


def install() -> type[EC2Response]:
    """Makes every backend that moto builds from now on one of ours, and returns the class that answers requests."""
    ec2_backends.backend = EC2Backend
    return EC2Response
