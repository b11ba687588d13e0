"""What makes a cluster live: kube-controller-manager, kube-scheduler, and kubelets that run nothing.

`running` starts and ends it all · `engine` one thread, one queue · `cache` `writes` `events` what controllers read and
write · `workloads` make pods · `scheduling` gives them nodes · `kubelets` run them, with `addresses` of a CNI plug-in ·
`nodes` taints, evictions, orphans · `volumes` claims and attachments · `budgets` `endpoints` `reach`.
"""
