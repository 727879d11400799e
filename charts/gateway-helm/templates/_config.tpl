{{/* What the values of the chart say of the configuration file; config.envoyGateway goes before it. */}}
{{- define "gateway.configFromValues" -}}
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyGateway
{{- if eq .Values.config.envoyGateway.provider.type "Kubernetes" }}
provider:
  type: Kubernetes
  kubernetes:
    shutdownManager:
      image: {{ include "gateway.image" . }}
    rateLimitDeployment:
      {{- include "gateway.pulled" (list .Values .Values.global.images.ratelimit "envoy-ratelimit") | nindent 6 }}
    {{- if not .Values.topologyInjector.enabled }}
    proxyTopologyInjector:
      disabled: true
    {{- end }}
{{- end }}
{{- if .Values.global.images.envoyProxy.image }}
envoyProxy:
  provider:
    type: Kubernetes
    kubernetes:
      envoyDeployment:
        {{- include "gateway.pulled" (list .Values .Values.global.images.envoyProxy "envoy") | nindent 8 }}
{{- end }}
{{- end -}}

{{/* A deployment with an image and how it is pulled. Takes a list: the values, those of the image, the name of the container. */}}
{{- define "gateway.pulled" -}}
{{- $values := index . 0 -}}
{{- $image := index . 1 -}}
{{- $name := index . 2 -}}
container:
  image: {{ include "gateway.imageFrom" (list $values $image.image) }}
{{- with coalesce $values.global.imagePullSecrets $image.pullSecrets }}
pod:
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- with $image.pullPolicy }}
patch:
  type: StrategicMerge
  value:
    spec:
      template:
        spec:
          containers:
            - name: {{ $name }}
              imagePullPolicy: {{ . }}
{{- end }}
{{- end -}}
