"""Moves node groups to custom networking while their pods serve, and back where that is asked for.

`request` what is asked · `run` the record of one run · `step` what every step is · `cluster` Kubernetes as steps see it
· `preflight` what would go wrong, told beforehand · `vpc` blocks, subnets, routes · `cni` ENIConfigs and the switch ·
`quiet` autoscalers · `groups` node groups, cloned, opened, deleted · `canary` the gate · `drain` one node, and batches
of nodes · `verify` what must hold afterwards · `report` what was done.

Each step stands in `statemachines/migrate.asl.yaml` under its own name, and its way back in `roll_back.asl.yaml`.
"""
