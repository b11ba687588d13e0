package ipamd

import (
	"context"
	"fmt"
	"maps"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/aws/amazon-vpc-cni-k8s/pkg/awsutils"
	"github.com/aws/amazon-vpc-cni-k8s/pkg/ec2wrapper"
)

// EC2 gives addresses out of one subnet, and counts what it is asked. Room is how many it has left, or -1.
type EC2 struct {
	ec2wrapper.EC2
	Room  int
	calls map[string]int
	enis  map[string]*eni
	made  int
	next  netip.Addr
	block netip.Addr
}

type eni struct {
	device    int
	primary   string
	addresses []string
	prefixes  []string
}

// NewEC2 is without any interface but the node's own.
func NewEC2(room int) *EC2 {
	return &EC2{
		Room:  room,
		calls: map[string]int{},
		enis:  map[string]*eni{awsutils.PrimaryENI: {primary: "10.0.0.4"}},
		next:  netip.MustParseAddr("10.1.0.0"),
		block: netip.MustParseAddr("10.64.0.0"),
	}
}

// Calls of each action until now.
func (e *EC2) Calls() map[string]int { return maps.Clone(e.calls) }

func (e *EC2) CreateNetworkInterface(_ context.Context, in *ec2.CreateNetworkInterfaceInput, _ ...func(*ec2.Options)) (*ec2.CreateNetworkInterfaceOutput, error) {
	e.calls["CreateNetworkInterface"]++
	singles, prefixes := aws.ToInt32(in.SecondaryPrivateIpAddressCount), aws.ToInt32(in.Ipv4PrefixCount)
	if err := e.take(1 + singles + 16*prefixes); err != nil {
		return nil, err
	}
	e.made++
	id, made := fmt.Sprintf("eni-%d", e.made), &eni{}
	made.primary = e.address()
	e.give(made, singles, prefixes)
	e.enis[id] = made
	return &ec2.CreateNetworkInterfaceOutput{NetworkInterface: &types.NetworkInterface{NetworkInterfaceId: &id}}, nil
}

func (e *EC2) DescribeInstances(context.Context, *ec2.DescribeInstancesInput, ...func(*ec2.Options)) (*ec2.DescribeInstancesOutput, error) {
	e.calls["DescribeInstances"]++
	instance := types.Instance{}
	for id, each := range e.enis {
		if id == awsutils.PrimaryENI || each.device > 0 {
			instance.NetworkInterfaces = append(instance.NetworkInterfaces, types.InstanceNetworkInterface{
				NetworkInterfaceId: aws.String(id),
				Attachment: &types.InstanceNetworkInterfaceAttachment{
					DeviceIndex: aws.Int32(int32(each.device)), NetworkCardIndex: aws.Int32(0)},
			})
		}
	}
	return &ec2.DescribeInstancesOutput{Reservations: []types.Reservation{{Instances: []types.Instance{instance}}}}, nil
}

func (e *EC2) AttachNetworkInterface(_ context.Context, in *ec2.AttachNetworkInterfaceInput, _ ...func(*ec2.Options)) (*ec2.AttachNetworkInterfaceOutput, error) {
	e.calls["AttachNetworkInterface"]++
	e.enis[*in.NetworkInterfaceId].device = int(*in.DeviceIndex)
	return &ec2.AttachNetworkInterfaceOutput{AttachmentId: in.NetworkInterfaceId}, nil
}

func (e *EC2) ModifyNetworkInterfaceAttribute(context.Context, *ec2.ModifyNetworkInterfaceAttributeInput, ...func(*ec2.Options)) (*ec2.ModifyNetworkInterfaceAttributeOutput, error) {
	e.calls["ModifyNetworkInterfaceAttribute"]++
	return &ec2.ModifyNetworkInterfaceAttributeOutput{}, nil
}

func (e *EC2) AssignPrivateIpAddresses(_ context.Context, in *ec2.AssignPrivateIpAddressesInput, _ ...func(*ec2.Options)) (*ec2.AssignPrivateIpAddressesOutput, error) {
	e.calls["AssignPrivateIpAddresses"]++
	singles, prefixes := aws.ToInt32(in.SecondaryPrivateIpAddressCount), aws.ToInt32(in.Ipv4PrefixCount)
	if err := e.take(singles + 16*prefixes); err != nil {
		return nil, err
	}
	to := e.enis[*in.NetworkInterfaceId]
	hadSingles, hadPrefixes := len(to.addresses), len(to.prefixes)
	e.give(to, singles, prefixes)
	out := &ec2.AssignPrivateIpAddressesOutput{}
	for _, address := range to.addresses[hadSingles:] {
		out.AssignedPrivateIpAddresses = append(out.AssignedPrivateIpAddresses, types.AssignedPrivateIpAddress{PrivateIpAddress: aws.String(address)})
	}
	for _, prefix := range to.prefixes[hadPrefixes:] {
		out.AssignedIpv4Prefixes = append(out.AssignedIpv4Prefixes, types.Ipv4PrefixSpecification{Ipv4Prefix: aws.String(prefix)})
	}
	return out, nil
}

func (e *EC2) UnassignPrivateIpAddresses(_ context.Context, in *ec2.UnassignPrivateIpAddressesInput, _ ...func(*ec2.Options)) (*ec2.UnassignPrivateIpAddressesOutput, error) {
	e.calls["UnassignPrivateIpAddresses"]++
	from := e.enis[*in.NetworkInterfaceId]
	from.addresses, from.prefixes = without(from.addresses, in.PrivateIpAddresses), without(from.prefixes, in.Ipv4Prefixes)
	e.back(len(in.PrivateIpAddresses) + 16*len(in.Ipv4Prefixes))
	return &ec2.UnassignPrivateIpAddressesOutput{}, nil
}

func (e *EC2) DescribeNetworkInterfaces(_ context.Context, in *ec2.DescribeNetworkInterfacesInput, _ ...func(*ec2.Options)) (*ec2.DescribeNetworkInterfacesOutput, error) {
	e.calls["DescribeNetworkInterfaces"]++
	id := in.NetworkInterfaceIds[0]
	return &ec2.DescribeNetworkInterfacesOutput{NetworkInterfaces: []types.NetworkInterface{{
		NetworkInterfaceId: &id, Attachment: &types.NetworkInterfaceAttachment{AttachmentId: &id}}}}, nil
}

func (e *EC2) DetachNetworkInterface(context.Context, *ec2.DetachNetworkInterfaceInput, ...func(*ec2.Options)) (*ec2.DetachNetworkInterfaceOutput, error) {
	e.calls["DetachNetworkInterface"]++
	return &ec2.DetachNetworkInterfaceOutput{}, nil
}

func (e *EC2) DeleteNetworkInterface(_ context.Context, in *ec2.DeleteNetworkInterfaceInput, _ ...func(*ec2.Options)) (*ec2.DeleteNetworkInterfaceOutput, error) {
	e.calls["DeleteNetworkInterface"]++
	gone := e.enis[*in.NetworkInterfaceId]
	e.back(1 + len(gone.addresses) + 16*len(gone.prefixes))
	delete(e.enis, *in.NetworkInterfaceId)
	return &ec2.DeleteNetworkInterfaceOutput{}, nil
}

func (e *EC2) DescribeSubnets(context.Context, *ec2.DescribeSubnetsInput, ...func(*ec2.Options)) (*ec2.DescribeSubnetsOutput, error) {
	e.calls["DescribeSubnets"]++
	return &ec2.DescribeSubnetsOutput{Subnets: []types.Subnet{
		{SubnetId: aws.String(awsutils.Subnet), AvailableIpAddressCount: aws.Int32(1000)},
		{SubnetId: aws.String(awsutils.PodSubnet), AvailableIpAddressCount: aws.Int32(500)},
	}}, nil
}

func (e *EC2) metadata(id string) awsutils.ENIMetadata {
	its := e.enis[id]
	said := awsutils.ENIMetadata{ENIID: id, DeviceNumber: its.device, SubnetID: awsutils.Subnet}
	said.IPv4Addresses = append(said.IPv4Addresses, types.NetworkInterfacePrivateIpAddress{
		PrivateIpAddress: aws.String(its.primary), Primary: aws.Bool(true)})
	for _, address := range its.addresses {
		said.IPv4Addresses = append(said.IPv4Addresses, types.NetworkInterfacePrivateIpAddress{PrivateIpAddress: aws.String(address)})
	}
	for _, prefix := range its.prefixes {
		said.IPv4Prefixes = append(said.IPv4Prefixes, types.Ipv4PrefixSpecification{Ipv4Prefix: aws.String(prefix)})
	}
	return said
}

func (e *EC2) take(addresses int32) error {
	if e.Room < 0 {
		return nil
	}
	if int(addresses) > e.Room {
		return &smithy.GenericAPIError{Code: "InsufficientFreeAddressesInSubnet"}
	}
	e.Room -= int(addresses)
	return nil
}

func (e *EC2) back(addresses int) {
	if e.Room >= 0 {
		e.Room += addresses
	}
}

func (e *EC2) give(to *eni, singles, prefixes int32) {
	for range singles {
		to.addresses = append(to.addresses, e.address())
	}
	for range prefixes {
		to.prefixes = append(to.prefixes, e.block.String()+"/28")
		for range 16 {
			e.block = e.block.Next()
		}
	}
}

func (e *EC2) address() string {
	e.next = e.next.Next()
	return e.next.String()
}

func without(all, gone []string) []string {
	left := []string{}
	lost := map[string]bool{}
	for _, each := range gone {
		lost[each] = true
	}
	for _, each := range all {
		if !lost[each] {
			left = append(left, each)
		}
	}
	return left
}
