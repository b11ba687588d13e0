package awsutils

import (
	"github.com/aws/amazon-vpc-cni-k8s/pkg/ec2wrapper"
)

// PrimaryENI, Subnet and the others are what IMDS would say of the node.
const (
	PrimaryENI = "eni-primary"
	Subnet     = "subnet-nodes"
	PodSubnet  = "subnet-pods"
	Instance   = "i-node"
)

// Driven returns a cache as New would, its answers of IMDS being given, and EC2 another's.
func Driven(svc ec2wrapper.EC2, instanceType string, discovery, custom, prefixes bool) *EC2InstanceMetadataCache {
	return &EC2InstanceMetadataCache{
		subnetID:               Subnet,
		instanceID:             Instance,
		instanceType:           instanceType,
		primaryENI:             PrimaryENI,
		availabilityZone:       "eu-west-1a",
		vpcID:                  "vpc-1",
		v4Enabled:              true,
		useSubnetDiscovery:     discovery,
		useCustomNetworking:    custom,
		enablePrefixDelegation: prefixes,
		ec2SVC:                 svc,
	}
}
