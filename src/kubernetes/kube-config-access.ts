import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Access, Credentials, TlsSettings } from "./access.ts";
import { type ExecCredential, runCredentialPlugin } from "./exec-credential.ts";
import { type ConfigEntry, dataOf, type KubeConfig, text } from "./kube-config.ts";

/** A credential is replaced this long before it ends, and a token file is read again after as long. Milliseconds. */
const earlyMs = 60_000;

/** Access as a kubeconfig says. Throws in words for the user what cannot be used. */
export function kubeConfigAccess(config: KubeConfig): Access {
  const { cluster, user, namespace } = config;
  const server = serverOf(cluster);
  const trust = trustOf(cluster);
  refuseUnknownWays(user);
  const proxy = text(cluster.fields["proxy-url"]);
  return {
    server,
    namespace,
    ...(proxy && { proxy }),
    headers: impersonation(user),
    credentials: user.fields.exec === undefined ? fixedCredentials(user, trust) : pluginCredentials(user, cluster, trust),
  };
}

function serverOf({ title, fields }: ConfigEntry): URL {
  const server = URL.parse(text(fields.server));
  if (server === null || !["http:", "https:"].includes(server.protocol))
    throw new Error(`kubeconfig ${title}: server must be an http or https address`);
  return server;
}

function trustOf(cluster: ConfigEntry): TlsSettings {
  const ca = dataOf(cluster, "certificate-authority");
  const servername = text(cluster.fields["tls-server-name"]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(servername && { servername }),
    ...(cluster.fields["insecure-skip-tls-verify"] === true ? { rejectUnauthorized: false } : {}),
  };
}

function refuseUnknownWays({ title, fields }: ConfigEntry): void {
  if (fields["auth-provider"] !== undefined)
    throw new Error(`kubeconfig ${title}: auth-provider was removed from Kubernetes 1.26; use an exec credential plugin`);
  if (fields["as-user-extra"] !== undefined || fields["as-uid"] !== undefined)
    throw new Error(`kubeconfig ${title}: as-user-extra and as-uid are not supported; use as and as-groups`);
  if (Array.isArray(fields["as-groups"]) && fields["as-groups"].length > 1)
    throw new Error(`kubeconfig ${title}: only one of as-groups is supported`);
}

function impersonation({ fields }: ConfigEntry): Readonly<Record<string, string>> {
  const name = text(fields.as);
  const group = Array.isArray(fields["as-groups"]) ? text(fields["as-groups"][0]) : "";
  return { ...(name && { "impersonate-user": name }), ...(group && { "impersonate-group": group }) };
}

/** Certificate, token, file of a token, or password: what stands in the kubeconfig. */
function fixedCredentials(user: ConfigEntry, trust: TlsSettings): Access["credentials"] {
  const cert = dataOf(user, "client-certificate");
  const key = dataOf(user, "client-key");
  const tls = { ...trust, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
  const { username, password } = user.fields;
  const basic = text(username) === "" ? "" : `Basic ${Buffer.from(`${username}:${text(password)}`).toString("base64")}`;
  const file = text(user.fields.tokenFile);
  let last: Credentials | undefined;
  let readAt = 0;
  return async (refused) => {
    if (last !== undefined && (file === "" || (!refused && Date.now() - readAt < earlyMs))) return last;
    const token = file === "" ? text(user.fields.token) : readFileSync(resolve(user.folder, file), "utf8").trim();
    readAt = Date.now();
    const authorization = token === "" ? basic : `Bearer ${token}`;
    last = { tls, ...(authorization && { authorization }) };
    return last;
  };
}

/** What a credential plugin gives, until it ends or is refused. One run serves all that wait for it. */
function pluginCredentials(user: ConfigEntry, cluster: ConfigEntry, trust: TlsSettings): Access["credentials"] {
  let last: { readonly credentials: Credentials; readonly until: number } | undefined;
  let running: Promise<Credentials> | undefined;
  const renew = async (): Promise<Credentials> => {
    try {
      const given = await runCredentialPlugin(user, cluster);
      const credentials = asCredentials(given, trust);
      last = { credentials, until: (given.expiresAt ?? Number.POSITIVE_INFINITY) - earlyMs };
      return credentials;
    } finally {
      running = undefined;
    }
  };
  return (refused) => {
    if (running === undefined && last !== undefined && !refused && Date.now() < last.until)
      return Promise.resolve(last.credentials);
    running ??= renew();
    return running;
  };
}

function asCredentials({ token, certificate, key }: ExecCredential, trust: TlsSettings): Credentials {
  return {
    tls: { ...trust, ...(certificate && { cert: certificate }), ...(key && { key }) },
    ...(token && { authorization: `Bearer ${token}` }),
  };
}
