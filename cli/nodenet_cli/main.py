"""The entry point, and what commands there are."""

import sys

import click

from nodenet_cli.ending import Commands, leave_broken_pipe
from nodenet_cli.max_pods import max_pods
from nodenet_cli.migration import migration
from nodenet_cli.plan import plan
from nodenet_cli.simulate import simulate


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nodenet", message="nodenet %(version)s")
def nodenet() -> None:
    """Plans the addresses of Amazon EKS nodes, and moves node groups to custom networking.

    The figures come from following the VPC CNI's own algorithm. Nothing is changed, in AWS or in a cluster, but by
    runs of migration.
    """


nodenet.add_command(plan)
nodenet.add_command(max_pods)
nodenet.add_command(simulate)
nodenet.add_command(migration)


def main() -> None:
    """What the script `nodenet` runs. The statuses it exits with are those of `ending`."""
    try:
        try:
            nodenet(prog_name="nodenet")
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        leave_broken_pipe()
