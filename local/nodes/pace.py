"""How long nodes and EKS take, in simulated seconds; whoever wants another pace sets it."""

from dataclasses import dataclass


@dataclass
class Pace:
    """`join`: from an instance running until its kubelet has registered. `leave`: from an instance's end until the
    cloud controller has deleted its Node (--node-monitor-period). `look`: how often EKS's word on who may join is
    asked. `daemon`: from aws-node's container running until its daemon begins. `restart`: the first pause after the
    daemon has ended (Kubernetes documentation, "Pod Lifecycle": 10 s, doubled up to 300 s). `roll_out`: how long an
    add-on's pods may take until its update has failed; AWS documents no number.
    """

    join: float = 15.0
    leave: float = 5.0
    look: float = 10.0
    daemon: float = 1.0
    restart: float = 10.0
    roll_out: float = 900.0


pace = Pace()
