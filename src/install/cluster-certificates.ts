/** The certificates of a control plane and its proxies as Secrets of a cluster: what `envoy-gateway certgen` makes. */
import { randomBytes } from "node:crypto";
import { judgeSet, type PresentCertificates } from "../certificates/certificate-set.ts";
import { type CertificateName, certificateNames } from "../certificates/issue.ts";
import type { TlsMaterial } from "../certificates/material.ts";
import { type ApiClient, isMissing, serverSideApply } from "../kubernetes/api-client.ts";
import { resourcePath } from "../kubernetes/resource-path.ts";

/** Where the Secrets go, and how they are made. */
export interface ClusterCertificateOptions {
  /** The namespace of the control plane. */
  readonly namespace: string;
  /** The DNS domain of the cluster. */
  readonly dnsDomain: string;
  /** Replaces what is there. */
  readonly overwrite: boolean;
  /** The CA is written into the webhook that tells proxies their zone. */
  readonly topologyInjector: boolean;
  readonly now?: Date;
}

/** What became of the Secrets and of the webhook; `absent`: there is no webhook. */
export interface ClusterCertificates {
  readonly certificates: "kept" | "created" | "renewed";
  readonly hmac: "kept" | "created";
  readonly webhook: "trusting" | "absent" | "left alone";
}

/** The Secret with the key that signs the cookies of OIDC sessions. */
const hmacName = "envoy-oidc-hmac";

/** The webhook of a control plane, by its namespace. */
export function topologyWebhookName(namespace: string): string {
  return `envoy-gateway-topology-injector.${namespace}`;
}

/**
 * Sees to it that a namespace holds the Secrets `envoy-gateway`, `envoy`, `envoy-rate-limit` and `envoy-oidc-hmac`. What is there and
 * valid is kept; a renewed set trusts the old CA too, as judgeSet says. Rejects in words for the user when Secrets that someone else
 * made cannot be used, and with an ApiError for what the server refuses.
 */
export async function ensureClusterCertificates(
  client: ApiClient,
  { namespace, dnsDomain, overwrite, topologyInjector, now }: ClusterCertificateOptions,
): Promise<ClusterCertificates> {
  const secrets = new Secrets(client, namespace);
  const there = new Map<CertificateName, Secret>();
  for (const name of certificateNames) {
    const secret = await secrets.find(name);
    if (secret !== undefined) there.set(name, secret);
  }
  const present = Object.fromEntries([...there].map(([name, secret]) => [name, materialOf(secret)]));
  const verdict = await judgeSet(present, { namespace, dnsDomain, overwrite, ...(now && { now }) });
  if (verdict.outcome === "foreign") {
    throw new Error(
      `the Secrets in namespace ${namespace} cannot be used (${verdict.problems}): mend them, or replace all of them with certgen --overwrite`,
    );
  }
  const set: PresentCertificates = verdict.outcome === "kept" ? present : verdict.set;
  if (verdict.outcome !== "kept") {
    for (const name of certificateNames)
      await secrets.write(name, "kubernetes.io/tls", dataOf(verdict.set[name]), there.get(name));
  }
  const hmac = await ensureHmac(secrets, overwrite);
  const ca = set["envoy-gateway"]?.ca;
  const webhook = topologyInjector && ca !== undefined ? await trustIn(client, topologyWebhookName(namespace), ca) : "left alone";
  return { certificates: verdict.outcome, hmac, webhook };
}

async function ensureHmac(secrets: Secrets, overwrite: boolean): Promise<"kept" | "created"> {
  const there = await secrets.find(hmacName);
  if (there !== undefined && !overwrite) return "kept";
  await secrets.write(hmacName, "Opaque", { "hmac-secret": randomBytes(32).toString("base64") }, there);
  return "created";
}

/** Writes the CA by which the API server knows the webhook's server. */
async function trustIn(client: ApiClient, name: string, ca: string): Promise<"trusting" | "absent"> {
  const path = resourcePath({
    group: "admissionregistration.k8s.io",
    version: "v1",
    plural: "mutatingwebhookconfigurations",
    name,
  });
  if ((await unlessMissing(client.request({ method: "GET", path }))) === undefined) return "absent";
  const webhook = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name },
    webhooks: [{ name: "topology.webhook.gateway.envoyproxy.io", clientConfig: { caBundle: base64(ca) } }],
  };
  await client.request(serverSideApply(path, webhook, "envoy-gateway-certgen"));
  return "trusting";
}

/** A Secret as far as it matters here. */
interface Secret {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}

class Secrets {
  private readonly client: ApiClient;
  private readonly namespace: string;
  constructor(client: ApiClient, namespace: string) {
    this.client = client;
    this.namespace = namespace;
  }

  async find(name: string): Promise<Secret | undefined> {
    const found = await unlessMissing(this.client.request({ method: "GET", path: this.path(name) }));
    return found as Secret | undefined;
  }

  /** Makes a Secret, or changes the one that is there unless someone else did meanwhile; its other metadata stays. */
  async write(name: string, type: string, data: Readonly<Record<string, string>>, there: Secret | undefined): Promise<void> {
    const labels = { ...there?.metadata?.labels, "control-plane": "envoy-gateway" };
    const metadata = { ...there?.metadata, name, namespace: this.namespace, labels };
    const body = { apiVersion: "v1", kind: "Secret", type, ...there, metadata, data };
    if (there === undefined) await this.client.request({ method: "POST", path: this.path(), body });
    else await this.client.request({ method: "PUT", path: this.path(name), body });
  }

  private path(name?: string): string {
    return resourcePath({
      group: "",
      version: "v1",
      plural: "secrets",
      namespace: this.namespace,
      ...(name !== undefined && { name }),
    });
  }
}

/** What a request finds; undefined when it is not there. */
async function unlessMissing(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** What is missing in a Secret is empty text, which judgeSet finds unusable. */
function materialOf({ data }: Secret): TlsMaterial {
  const text = (key: string) => Buffer.from(data?.[key] ?? "", "base64").toString();
  return { certificate: text("tls.crt"), key: text("tls.key"), ca: text("ca.crt") };
}

function dataOf({ certificate, key, ca }: TlsMaterial): Readonly<Record<string, string>> {
  return { "tls.crt": base64(certificate), "tls.key": base64(key), "ca.crt": base64(ca) };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
