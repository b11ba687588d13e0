"""Which node a pod gets: kube-scheduler with its default plug-ins, but for preemption."""
