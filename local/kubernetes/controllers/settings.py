"""How fast kubelets and volumes are here, in simulated seconds; set through the control interface."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`start`: from a pod's binding until its container runs. `terminate`: how long a container takes to end.
    `retry`: after how long a pod without an address is asked for again. `run`: how long a Job's pod runs, where
    nothing says otherwise. `detach`: from a pod's end until its volumes are off the node. `quarantine`: how long a
    node must be gone until its pods are deleted (kubernetes, pkg/controller/podgc: 40 s, looked at every 20 s).
    `unschedulable`: the longest pause before a pod that fits nowhere is tried again after a change
    (KubeSchedulerConfiguration, podMaxBackoffSeconds).
    """

    start: float = 1.0
    terminate: float = 1.0
    retry: float = 5.0
    run: float = 5.0
    detach: float = 5.0
    quarantine: float = 40.0
    unschedulable: float = 10.0
