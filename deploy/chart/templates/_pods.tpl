{{- /* What every object, pod and container of the release has in common. */ -}}

{{- define "headcount.labels" -}}
app.kubernetes.io/name: headcount
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "headcount.image" -}}
{{ required "image.repository" .Values.image.repository }}@{{ required "image.digest: the digest of the image, sha256:..." .Values.image.digest }}
{{- end }}

{{- define "headcount.podSecurity" -}}
serviceAccountName: {{ .Values.serviceAccountName }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "headcount.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* Files that a pod reads: `list $ NEEDS`, of postgres, kafka and catalogue. */ -}}
{{- define "headcount.mounts" -}}
{{- $root := index . 0 }}{{ $needs := index . 1 }}{{ $kafka := $root.Values.kafka -}}
- {name: tmp, mountPath: /tmp}
{{- if and (has "postgres" $needs) $root.Values.postgres.caSecret.name }}
- {name: postgres-ca, mountPath: /etc/headcount/postgres, readOnly: true}
{{- end }}
{{- if and (has "kafka" $needs) $kafka.caSecret.name (hasSuffix "SSL" $kafka.security) }}
- {name: kafka-ca, mountPath: /etc/headcount/kafka-ca, readOnly: true}
{{- end }}
{{- if and (has "kafka" $needs) (eq $kafka.security "SSL") }}
- {name: kafka-certificate, mountPath: /etc/headcount/kafka-certificate, readOnly: true}
{{- end }}
{{- if and (has "catalogue" $needs) $root.Values.catalogue }}
- {name: catalogue, mountPath: /etc/headcount/catalogue, readOnly: true}
{{- end }}
{{- end }}

{{- /* The volumes of these files: `list $ NEEDS NAME`, where NAME takes the place of {service}. */ -}}
{{- define "headcount.volumes" -}}
{{- $root := index . 0 }}{{ $needs := index . 1 }}{{ $name := index . 2 }}{{ $kafka := $root.Values.kafka -}}
- {name: tmp, emptyDir: {sizeLimit: 64Mi}}
{{- with $root.Values.postgres.caSecret }}
{{- if and (has "postgres" $needs) .name }}
- {name: postgres-ca, secret: {secretName: {{ .name }}, items: [{key: {{ .key }}, path: ca.crt}]}}
{{- end }}
{{- end }}
{{- with $kafka.caSecret }}
{{- if and (has "kafka" $needs) .name (hasSuffix "SSL" $kafka.security) }}
- {name: kafka-ca, secret: {secretName: {{ .name }}, items: [{key: {{ .key }}, path: ca.crt}]}}
{{- end }}
{{- end }}
{{- if and (has "kafka" $needs) (eq $kafka.security "SSL") }}
{{- with $kafka.certificateSecret }}
- name: kafka-certificate
  secret:
    secretName: {{ .name | replace "{service}" $name }}
    items: [{key: {{ .certificateKey }}, path: user.crt}, {key: {{ .privateKeyKey }}, path: user.key}]
{{- end }}
{{- end }}
{{- if and (has "catalogue" $needs) $root.Values.catalogue }}
- {name: catalogue, configMap: {name: {{ $root.Release.Name }}-catalogue}}
{{- end }}
{{- end }}
