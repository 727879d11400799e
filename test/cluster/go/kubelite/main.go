// Kubelite is a Kubernetes API server and the few controllers that a gateway and its conformance suite need, in one binary: a third of
// what kube-controller-manager adds to the time of a build.
//
// Usage: kubelite KUBECONFIG ROOT_CA_FILE -- FLAG_OF_KUBE_APISERVER ...
package main

import (
	"context"
	"log"
	"os"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/component-base/cli"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher"
	"k8s.io/kubernetes/pkg/controller/daemon"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/endpointslice"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/job"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/replicaset"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
)

func main() {
	if len(os.Args) < 4 || os.Args[3] != "--" {
		log.Fatal("usage: kubelite KUBECONFIG ROOT_CA_FILE -- FLAG_OF_KUBE_APISERVER ...")
	}
	config := must(clientcmd.BuildConfigFromFlags("", os.Args[1]))
	rootCA := must(os.ReadFile(os.Args[2]))
	os.Args = append(os.Args[:1], os.Args[4:]...)
	go control(context.Background(), config, rootCA)
	os.Exit(cli.Run(app.NewAPIServerCommand()))
}

// control runs the controllers as soon as the server answers.
func control(ctx context.Context, config *rest.Config, rootCA []byte) {
	config.QPS, config.Burst = 500, 1000
	client := must(kubernetes.NewForConfig(config))
	for !ready(ctx, client) {
		time.Sleep(100 * time.Millisecond)
	}
	logger := klog.FromContext(ctx)
	kinds := must(metadata.NewForConfig(config))
	objects := informers.NewSharedInformerFactory(client, 0)
	anything := metadatainformer.NewSharedInformerFactory(kinds, 0)
	core, apps, batch := objects.Core().V1(), objects.Apps().V1(), objects.Batch().V1()
	watching := make(chan struct{})

	deployments := must(deployment.NewDeploymentController(ctx, apps.Deployments(), apps.ReplicaSets(), core.Pods(), client))
	replicaSets := replicaset.NewReplicaSetController(ctx, apps.ReplicaSets(), core.Pods(), client, 500)
	daemonSets := must(daemon.NewDaemonSetsController(ctx, apps.DaemonSets(), apps.ControllerRevisions(), core.Pods(), core.Nodes(), client,
		flowcontrol.NewBackOff(time.Second, 15*time.Minute)))
	jobs := must(job.NewController(ctx, client, core.Pods(), batch.Jobs(), nil, nil))
	slices := endpointslice.NewController(ctx, core.Pods(), core.Services(), core.Nodes(), objects.Discovery().V1().EndpointSlices(), 100, client, 0)
	namespaces := namespace.NewNamespaceController(ctx, client, kinds, client.Discovery().ServerPreferredNamespacedResources,
		core.Namespaces(), 5*time.Minute, v1.FinalizerKubernetes)
	accounts := must(serviceaccount.NewServiceAccountsController(logger, core.ServiceAccounts(), core.Namespaces(), client,
		serviceaccount.DefaultServiceAccountsControllerOptions()))
	authorities := must(rootcacertpublisher.NewPublisher(core.ConfigMaps(), core.Namespaces(), client, rootCA))
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	garbage := must(garbagecollector.NewGarbageCollector(ctx, client, kinds, mapper, garbagecollector.DefaultIgnoredResources(),
		informerfactory.NewInformerFactory(objects, anything), watching))

	go deployments.Run(ctx, 5)
	go replicaSets.Run(ctx, 5)
	go daemonSets.Run(ctx, 2)
	go jobs.Run(ctx, 2)
	go slices.Run(ctx, 5)
	go namespaces.Run(ctx, 5)
	go accounts.Run(ctx, 1)
	go authorities.Run(ctx, 1)
	go garbage.Run(ctx, 5, 30*time.Second)
	go garbage.Sync(ctx, client.Discovery(), 5*time.Second)
	objects.Start(ctx.Done())
	anything.Start(ctx.Done())
	close(watching)
}

func ready(ctx context.Context, client kubernetes.Interface) bool {
	answer, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
	return err == nil && string(answer) == "ok"
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
