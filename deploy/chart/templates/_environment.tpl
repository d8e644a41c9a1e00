{{- /* The settings of services and jobs. A secret is a reference, and no pod has a secret of another's. */ -}}

{{- define "headcount.secret" -}}
{{- $name := index . 0 }}{{ $reference := index . 1 -}}
- {name: {{ $name }}, valueFrom: {secretKeyRef: {name: {{ $reference.name }}, key: {{ $reference.key }}}}}
{{- end }}

{{- define "headcount.value" -}}
- {name: {{ index . 0 }}, value: {{ index . 1 | toString | quote }}}
{{- end }}

{{- /* Where Kafka is, and who we are there: `list $ NAME`, where NAME takes the place of {service}. */ -}}
{{- define "headcount.kafka" -}}
{{- $root := index . 0 }}{{ $name := index . 1 }}{{ $kafka := $root.Values.kafka -}}
{{ include "headcount.value" (list "HEADCOUNT_KAFKA" (required "kafka.bootstrap" $kafka.bootstrap)) }}
{{ include "headcount.value" (list "HEADCOUNT_KAFKA_SECURITY" $kafka.security) }}
{{- if hasPrefix "SASL" $kafka.security }}
{{ include "headcount.value" (list "HEADCOUNT_KAFKA_MECHANISM" (required "kafka.mechanism, with SASL" $kafka.mechanism)) }}
{{ include "headcount.value" (list "HEADCOUNT_KAFKA_USERNAME" ($kafka.user | replace "{service}" $name)) }}
{{ include "headcount.secret" (list "HEADCOUNT_KAFKA_PASSWORD" (dict "name" ($kafka.passwordSecret.name | replace "{service}" $name) "key" $kafka.passwordSecret.key)) }}
{{- end }}
{{- if and $kafka.caSecret.name (hasSuffix "SSL" $kafka.security) }}
{{ include "headcount.value" (list "HEADCOUNT_KAFKA_CA_FILE" "/etc/headcount/kafka-ca/ca.crt") }}
{{- end }}
{{- if eq $kafka.security "SSL" }}
{{ include "headcount.value" (list "HEADCOUNT_KAFKA_CERT_FILE" "/etc/headcount/kafka-certificate/user.crt") }}
{{ include "headcount.value" (list "HEADCOUNT_KAFKA_KEY_FILE" "/etc/headcount/kafka-certificate/user.key") }}
{{- end }}
{{- end }}

{{- /* Stripe's key, and the file of prices if it is not the image's. */ -}}
{{- define "headcount.stripe" -}}
{{ include "headcount.secret" (list "STRIPE_API_KEY" .Values.secrets.stripeApiKey) }}
{{- if .Values.catalogue }}
{{ include "headcount.value" (list "HEADCOUNT_CATALOGUE" "/etc/headcount/catalogue/catalogue.toml") }}
{{- end }}
{{- end }}

{{- /* A setting that is left out while its value is empty. */ -}}
{{- define "headcount.optional" -}}
{{- if index . 1 }}
{{ include "headcount.value" . }}
{{- end }}
{{- end }}

{{- /* Where people find help, on pages and in mails. */ -}}
{{- define "headcount.links" -}}
{{- include "headcount.optional" (list "HEADCOUNT_SUPPORT_EMAIL" .supportEmail) }}
{{- include "headcount.optional" (list "HEADCOUNT_PRIVACY_URL" .privacyUrl) }}
{{- include "headcount.optional" (list "HEADCOUNT_STATUS_URL" .statusUrl) }}
{{- end }}

{{- /* All that a service reads: `list $ SERVICE`. */ -}}
{{- define "headcount.environment" -}}
{{- $root := index . 0 }}{{ $service := index . 1 }}{{ $values := $root.Values }}{{ $secrets := $values.secrets -}}
{{ include "headcount.value" (list "HEADCOUNT_POSTGRES" (required "postgres.url" $values.postgres.url)) }}
{{ include "headcount.secret" (list "HEADCOUNT_PASSWORD" (index $secrets (printf "password%s" (title $service)))) }}
{{ include "headcount.kafka" (list $root $service) }}
{{ include "headcount.secret" (list "HEADCOUNT_COMMAND_KEYS" $secrets.commandKeys) }}
{{- if has $service (list "members" "gateway") }}
{{ include "headcount.secret" (list "HEADCOUNT_OPERATOR_COMMAND_KEYS" $secrets.operatorCommandKeys) }}
{{- end }}
{{- if has $service (list "billing" "notifier" "gateway") }}
{{ include "headcount.value" (list "HEADCOUNT_PUBLIC_URL" (required "publicUrl" $values.publicUrl)) }}
{{ include "headcount.secret" (list "HEADCOUNT_SEALING_KEYS" $secrets.sealingKeys) }}
{{- end }}
{{- if has $service (list "notifier" "gateway") }}
{{- include "headcount.links" $values.links }}
{{- end }}
{{- if eq $service "billing" }}
{{ include "headcount.stripe" $root }}
{{- end }}
{{- if eq $service "notifier" }}
{{ include "headcount.value" (list "HEADCOUNT_SMTP_HOST" (required "mail.host" $values.mail.host)) }}
{{ include "headcount.value" (list "HEADCOUNT_SMTP_PORT" $values.mail.port) }}
{{ include "headcount.value" (list "HEADCOUNT_SMTP_TLS" $values.mail.tls) }}
{{ include "headcount.value" (list "HEADCOUNT_MAIL_FROM" (required "mail.from" $values.mail.from)) }}
{{- include "headcount.optional" (list "HEADCOUNT_OPERATOR_EMAIL" $values.mail.operatorEmail) }}
{{- if $values.mail.authenticated }}
{{ include "headcount.secret" (list "HEADCOUNT_SMTP_USERNAME" $secrets.smtpUsername) }}
{{ include "headcount.secret" (list "HEADCOUNT_SMTP_PASSWORD" $secrets.smtpPassword) }}
{{- end }}
{{- end }}
{{- if eq $service "gateway" }}
{{ include "headcount.secret" (list "HEADCOUNT_OPERATOR_KEY" $secrets.operatorKey) }}
{{ include "headcount.secret" (list "HEADCOUNT_PEPPER" $secrets.pepper) }}
{{ include "headcount.secret" (list "HEADCOUNT_STRIPE_WEBHOOK_SECRET" $secrets.stripeWebhookSecret) }}
{{ include "headcount.value" (list "HEADCOUNT_OPERATOR_PORT" 8002) }}
{{- if $values.ingress.enabled }}
{{ include "headcount.value" (list "HEADCOUNT_TRUSTED_PROXIES" (join "," $values.ingress.trustedProxies | required "ingress.trustedProxies: the networks of the ingress controller's pods")) }}
{{ include "headcount.value" (list "HEADCOUNT_PROXY_HOPS" $values.ingress.proxyHops) }}
{{- end }}
{{- end }}
{{- range $name, $value := merge (dict) (index $values.services $service).settings $values.settings }}
{{ include "headcount.value" (list $name $value) }}
{{- end }}
{{- end }}
