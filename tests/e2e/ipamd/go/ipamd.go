package ipamd

import (
	"context"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/aws/amazon-vpc-cni-k8s/pkg/apis/crd/v1alpha1"
	"github.com/aws/amazon-vpc-cni-k8s/pkg/awsutils"
	"github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd/datastore"
	"github.com/aws/amazon-vpc-cni-k8s/pkg/networkutils"
)

// Change is what a node is to run from a second on.
type Change struct {
	Second   float64
	Pods     int
	Cordoned bool
}

// Scenario is a node, how ipamd is set on it, and what comes to pass.
type Scenario struct {
	InstanceType string
	Environment  map[string]string
	MaxPods      int
	Room         int
	Changes      []Change
	Seconds      float64
}

// Sample is what there is after a second.
type Sample struct {
	Second   float64        `json:"second"`
	Pods     int            `json:"pods"`
	Waiting  int            `json:"waiting"`
	Total    int            `json:"total"`
	Prefixes int            `json:"prefixes"`
	ENIs     int            `json:"enis"`
	Calls    map[string]int `json:"calls"`
}

// Drive runs ipamd's own passes over a scenario, on whatever clock is the program's.
func Drive(scenario Scenario, ec2 *EC2) []Sample {
	os.Clearenv()
	for name, value := range scenario.Environment {
		os.Setenv(name, value)
	}
	os.Setenv("ENABLE_IPv4", "true")
	api := &api{ec2: ec2}
	c := &IPAMContext{
		networkClient:             network{},
		primaryIP:                 map[string]string{},
		reconcileCooldownCache:    ReconcileCooldownCache{cache: map[string]time.Time{}},
		enableIPv4:                true,
		useCustomNetworking:       UseCustomNetworkCfg(),
		manageENIsNonScheduleable: ManageENIsOnNonSchedulableNode(),
		useSubnetDiscovery:        UseSubnetDiscovery(),
		enablePrefixDelegation:    usePrefixDelegation(),
		warmENITarget:             getWarmENITarget(),
		warmIPTarget:              getWarmIPTarget(),
		minimumIPTarget:           getMinimumIPTarget(),
		warmPrefixTarget:          getWarmPrefixTarget(),
		numNetworkCards:           1,
		unmanagedENI:              []int{0},
		maxPods:                   scenario.MaxPods,
	}
	api.EC2InstanceMetadataCache = awsutils.Driven(
		ec2, scenario.InstanceType, c.useSubnetDiscovery, c.useCustomNetworking, c.enablePrefixDelegation)
	cluster := &cluster{}
	c.awsClient, c.k8sClient = api, cluster
	if !c.isConfigValid() {
		panic("ipamd refuses this")
	}
	api.InitCachedPrefixDelegation(c.enablePrefixDelegation)
	if err := c.initENIAndIPLimits(); err != nil {
		panic(err)
	}
	store := datastore.NewDataStore(log, datastore.NullCheckpoint{}, c.enablePrefixDelegation, 0)
	c.dataStoreAccess = &datastore.DataStoreAccess{DataStores: []*datastore.DataStore{store}}
	if err := store.AddENI(awsutils.PrimaryENI, 0, true, false, false, 254, awsutils.Subnet); err != nil {
		panic(err)
	}
	return (&driver{c: c, store: store, ec2: ec2, cluster: cluster}).run(scenario)
}

type driver struct {
	c       *IPAMContext
	store   *datastore.DataStore
	ec2     *EC2
	cluster *cluster
	start   time.Time
	made    int
	pods    []int
	waiting int
}

func (d *driver) run(scenario Scenario) []Sample {
	ctx := context.Background()
	d.start = time.Now()
	if err := d.c.handlePreScaling(ctx); err != nil {
		panic(err)
	}
	samples := []Sample{d.sample(0)}
	pass, coming := 5.0, scenario.Changes
	for {
		now := pass
		if len(coming) > 0 && coming[0].Second <= pass {
			now = coming[0].Second
		}
		if now > scenario.Seconds {
			return samples
		}
		d.until(now)
		if len(coming) > 0 && coming[0].Second == now {
			d.ask(coming[0])
			coming = coming[1:]
		} else {
			d.c.updateIPPoolIfRequired(ctx)
			pass += 5
		}
		for d.waiting > 0 && d.assign() {
			d.waiting--
		}
		samples = append(samples, d.sample(now))
	}
}

func (d *driver) until(second float64) {
	time.Sleep(time.Until(d.start.Add(time.Duration(second * float64(time.Second)))))
}

func (d *driver) ask(change Change) {
	d.cluster.cordoned = change.Cordoned
	more := change.Pods - len(d.pods) - d.waiting
	if more >= 0 {
		d.waiting += more
		return
	}
	unserved := min(d.waiting, -more)
	d.waiting -= unserved
	for range -more - unserved {
		last := d.pods[len(d.pods)-1]
		d.pods = d.pods[:len(d.pods)-1]
		if _, _, _, _, _, err := d.store.UnassignPodIPAddress(key(last)); err != nil {
			panic(err)
		}
	}
}

func (d *driver) assign() bool {
	d.made++
	if _, _, _, err := d.store.AssignPodIPv4Address(key(d.made), datastore.IPAMMetadata{}); err != nil {
		return false
	}
	d.pods = append(d.pods, d.made)
	return true
}

func (d *driver) sample(second float64) Sample {
	stats := d.store.GetIPStats("4")
	return Sample{second, stats.AssignedIPs, d.waiting, stats.TotalIPs, stats.TotalPrefixes, d.store.GetENIs(), d.ec2.Calls()}
}

func key(number int) datastore.IPAMKey {
	return datastore.IPAMKey{NetworkName: "net", ContainerID: fmt.Sprint(number), IfName: "eth0"}
}

// api is ipamd's own way to EC2, but for what it reads of IMDS.
type api struct {
	*awsutils.EC2InstanceMetadataCache
	ec2 *EC2
}

func (a *api) WaitForENIAndIPsAttached(eni string, _ int) (awsutils.ENIMetadata, error) {
	return a.ec2.metadata(eni), nil
}

type network struct{ networkutils.NetworkAPIs }

func (network) GetRouteTableNumberForENI(_ int, _ string, device int, _ int, _ bool) (int, bool, error) {
	return device + 1, false, nil
}

func (network) SetupENINetwork(string, string, int, string, int, bool, int, bool) error { return nil }

func (network) DeleteRulesBySrc(string, bool) error { return nil }

type cluster struct {
	client.Client
	cordoned bool
}

func (c *cluster) Get(_ context.Context, name client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	switch object := object.(type) {
	case *corev1.Node:
		object.Name = name.Name
		if c.cordoned {
			object.Spec.Taints = []corev1.Taint{{Key: "node.kubernetes.io/unschedulable", Effect: "NoSchedule"}}
		}
	case *v1alpha1.ENIConfig:
		object.Spec.Subnet = awsutils.PodSubnet
	}
	return nil
}
