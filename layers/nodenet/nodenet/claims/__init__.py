"""Floating addresses: pods claim them, and they move to the interface of the pod's node.

    messages → the register, one DescribeNetworkInterfaces → a verdict for each address → EC2 → told, recorded

EC2 says where an address is; the register says whose it is, and in which life of the pod.
"""
