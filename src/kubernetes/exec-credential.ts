import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { isObject } from "../api/json-object.ts";
import { type ConfigEntry, text } from "./kube-config.ts";

/** What a credential plugin gave. */
export interface ExecCredential {
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Milliseconds since 1970; undefined: until the server refuses it. */
  readonly expiresAt?: number;
}

const apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
const longestRunMs = 60_000;

/**
 * Runs the credential plugin of a kubeconfig user (OIDC log-ins, those of cloud providers). It is run without a terminal. Rejects in
 * words for the user. Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export async function runCredentialPlugin(user: ConfigEntry, cluster: ConfigEntry): Promise<ExecCredential> {
  const { title, folder, fields } = user;
  const exec = isObject(fields.exec) ? fields.exec : {};
  const apiVersion = text(exec.apiVersion);
  const named = text(exec.command);
  if (!apiVersions.includes(apiVersion))
    throw new Error(`kubeconfig ${title}: exec.apiVersion must be ${apiVersions.join(" or ")}`);
  if (exec.interactiveMode === "Always")
    throw new Error(`kubeconfig ${title}: ${named} needs a terminal (exec.interactiveMode Always)`);
  const info = {
    apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(exec.provideClusterInfo === true ? { cluster: clusterInfo(cluster) } : {}) },
  };
  const env = { ...process.env, ...variablesOf(exec.env), KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const args = Array.isArray(exec.args) ? exec.args.map(String) : [];
  // A name without a folder is looked for in PATH; a path starts at the file's folder.
  const command = named.includes("/") ? resolve(folder, named) : named;
  const output = await run(command, args, env, `kubeconfig ${title}: the credential plugin ${named}`);
  return credentialIn(output, `kubeconfig ${title}: the credential plugin ${named}`);
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv, title: string): Promise<string> {
  return new Promise((done, reject) => {
    execFile(command, args, { env, timeout: longestRunMs, maxBuffer: 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) return done(stdout);
      // Its standard output may hold a token; what it tells people stands on the other one.
      const said = stderr.trim().slice(-500);
      const missing = "code" in error && error.code === "ENOENT";
      reject(new Error(`${title} ${missing ? "is not installed" : `failed${said && `: ${said}`}`}`));
    });
  });
}

function credentialIn(output: string, title: string): ExecCredential {
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    throw new Error(`${title} did not print an ExecCredential`);
  }
  const status = isObject(answer) && isObject(answer.status) ? answer.status : {};
  const [token, certificate, key] = [status.token, status.clientCertificateData, status.clientKeyData].map(text);
  const expiresAt = Date.parse(text(status.expirationTimestamp));
  if (!token && !certificate) throw new Error(`${title} printed neither a token nor a certificate`);
  return {
    ...(token && { token }),
    ...(certificate && { certificate }),
    ...(key && { key }),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  };
}

function variablesOf(env: unknown): NodeJS.ProcessEnv {
  const variables: readonly unknown[] = Array.isArray(env) ? env : [];
  return Object.fromEntries(variables.filter(isObject).map(({ name, value }) => [text(name), text(value)]));
}

function clusterInfo({ fields }: ConfigEntry): Readonly<Record<string, unknown>> {
  const { server, "tls-server-name": name, "insecure-skip-tls-verify": insecure, "certificate-authority-data": ca } = fields;
  return {
    ...{ server, "tls-server-name": name, "insecure-skip-tls-verify": insecure },
    ...{ "certificate-authority-data": ca, "proxy-url": fields["proxy-url"] },
  };
}
