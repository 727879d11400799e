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
      {{- include "gateway.rateLimitDeployment" . | nindent 6 }}
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
        {{- include "gateway.envoyDeployment" . | nindent 8 }}
{{- end }}
{{- end -}}

{{- define "gateway.rateLimitDeployment" -}}
{{- $values := .Values.global.images.ratelimit -}}
container:
  image: {{ include "gateway.imageFrom" (list .Values $values.image) }}
{{- with coalesce .Values.global.imagePullSecrets $values.pullSecrets }}
pod:
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- with $values.pullPolicy }}
patch:
  type: StrategicMerge
  value:
    spec:
      template:
        spec:
          containers:
            - name: envoy-ratelimit
              imagePullPolicy: {{ . }}
{{- end }}
{{- end -}}

{{- define "gateway.envoyDeployment" -}}
{{- $values := .Values.global.images.envoyProxy -}}
container:
  image: {{ include "gateway.imageFrom" (list .Values $values.image) }}
  {{- with $values.pullPolicy }}
  imagePullPolicy: {{ . }}
  {{- end }}
{{- with coalesce .Values.global.imagePullSecrets $values.pullSecrets }}
pod:
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end -}}
