{{/*
What config.envoyGateway means for rights, as YAML:
  watched           namespaces whose objects are read; empty: all
  proxyNamespaces   namespaces that proxies run in; empty: any
  gatewayNamespace  proxies run beside their Gateway
*/}}
{{- define "gateway.modes" -}}
{{- $kubernetes := default dict .Values.config.envoyGateway.provider.kubernetes -}}
{{- $watch := default dict $kubernetes.watch -}}
{{- $watched := default list $watch.namespaces -}}
{{- if eq (default "" $watch.type) "NamespaceSelector" -}}
{{- $watched = list -}}
{{- end -}}
{{- $deploy := default dict $kubernetes.deploy -}}
{{- $beside := eq (default "" $deploy.type) "GatewayNamespace" -}}
{{- $own := include "gateway.namespace" . -}}
{{- $proxies := list $own -}}
{{- if $beside -}}
{{- /* Proxies that Gateways share stay with the control plane. */ -}}
{{- $proxies = $watched -}}
{{- if and $watched (not (has $own $watched)) -}}
{{- $proxies = append $watched $own -}}
{{- end -}}
{{- end -}}
watched: {{ toJson $watched }}
proxyNamespaces: {{ toJson $proxies }}
gatewayNamespace: {{ $beside }}
{{- end -}}
