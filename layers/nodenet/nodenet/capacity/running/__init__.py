"""A running cluster, as EKS, EC2 and Kubernetes show it, and what of a plan's document it becomes.

`seen` what is shown · `ports` who is asked · `reading` the asking · `nodes` which are planned for · `ownership` whose
an interface is · `groups` `subnets` `networks` `eni_configs` `settings` a part of the document each.
"""
