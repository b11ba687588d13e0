package drive

import (
	"encoding/json"
	"os"
	"testing"
	"testing/synctest"

	"github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd"
)

// TestDrive runs every scenario of a file on a clock that stands until all wait for it, and writes what came of each.
func TestDrive(t *testing.T) {
	in, out := os.Getenv("SCENARIOS"), os.Getenv("SAMPLES")
	text, err := os.ReadFile(in)
	if err != nil {
		t.Fatal(err)
	}
	var scenarios []ipamd.Scenario
	if err := json.Unmarshal(text, &scenarios); err != nil {
		t.Fatal(err)
	}
	samples := make([][]ipamd.Sample, len(scenarios))
	for number, scenario := range scenarios {
		synctest.Test(t, func(*testing.T) {
			samples[number] = ipamd.Drive(scenario, ipamd.NewEC2(scenario.Room))
		})
	}
	made, err := json.Marshal(samples)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(out, made, 0o600); err != nil {
		t.Fatal(err)
	}
}
