{{/* An image by its name, in the registry that all images come from where there is one. Takes a list: the values, the name. */}}
{{- define "gateway.imageFrom" -}}
{{- $values := index . 0 -}}
{{- $image := index . 1 -}}
{{- if $values.global.imageRegistry -}}
{{- printf "%s/%s" $values.global.imageRegistry (regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" $image "") -}}
{{- else -}}
{{- $image -}}
{{- end -}}
{{- end -}}

{{/* The image of the control plane. */}}
{{- define "gateway.image" -}}
{{- $own := .Values.deployment.envoyGateway.image -}}
{{- $image := default (printf "envoy-gateway:%s" .Chart.AppVersion) .Values.global.images.envoyGateway.image -}}
{{- if $own.repository -}}
{{- $image = printf "%s:%s" $own.repository (default .Chart.AppVersion $own.tag) -}}
{{- end -}}
{{- include "gateway.imageFrom" (list .Values $image) -}}
{{- end -}}

{{/* How the image of the control plane is pulled: fields of a container. */}}
{{- define "gateway.imageFields" -}}
image: {{ include "gateway.image" . }}
{{- with default .Values.global.images.envoyGateway.pullPolicy .Values.deployment.envoyGateway.imagePullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- end -}}

{{/* The Secrets that the image of the control plane is pulled with: field of a pod. */}}
{{- define "gateway.pullSecrets" -}}
{{- with coalesce .Values.global.imagePullSecrets .Values.deployment.envoyGateway.imagePullSecrets .Values.global.images.envoyGateway.pullSecrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}
