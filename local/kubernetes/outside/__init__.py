"""An EKS cluster whose control plane is a real one, running somewhere else: the region gives it nodes, addresses and
users all the same.

`orders` `cluster` put it together · `asking` `mirror` `store` its objects, as this region's own are had · `pod_network`
addresses for pods whose kubelets are not the region's · `provisioner` their volumes · `review` who shows a token ·
`tunnel` the API server's way to pods.
"""
