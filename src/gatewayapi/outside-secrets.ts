/**
 * Secrets of type gateway.envoyproxy.io/sds: they hold no certificate, but tell proxies which server to ask for one.
 * Source: Envoy Gateway v1.9, `extensionApis.enableSDSSecretRef`.
 */
import type { Secret } from "../api/core/secret.ts";
import type { Collection, Graph } from "../graph/index.ts";
import type { OutsideSecret } from "../ir/outside-secret.ts";
import { type OrMistake, sdsType } from "./certificates.ts";
import type { Objects } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";

/** What such Secrets lead to, or what is wrong, to be continued after the name of the Secret. Key: the Secret's; others have no entry. */
export type OutsideSecrets = Collection<OrMistake<OutsideSecret>>;

/** Derives them. */
export function deriveOutsideSecrets(
  graph: Graph,
  objects: Objects,
  { config }: Pick<TranslationOptions, "config">,
): OutsideSecrets {
  const enabled = config.extensionApis?.enableSDSSecretRef === true;
  return graph.derive("outside secrets", objects.Secret, (_context, secret) => {
    if (secret.type !== sdsType) return undefined;
    return enabled ? readOutsideSecret(secret) : switchedOff;
  });
}

const switchedOff = {
  mistake: `has type ${sdsType}, which is switched off; set extensionApis.enableSDSSecretRef to true in the EnvoyGateway configuration`,
};

const scheme = "unix://";

/** The longest path of a socket, in bytes (Linux, unix(7): 108 with the zero at the end). */
const longestPath = 107;

/** Reads what a Secret of that type refers to. */
export function readOutsideSecret({ data = {} }: Pick<Secret, "data">): OrMistake<OutsideSecret> {
  const { secretName, url: encodedUrl } = data;
  const [name, url] = [decoded(secretName), decoded(encodedUrl)];
  if (name === "") return { mistake: "has no secretName; put the name there by which the SDS server knows the secret" };
  if (url === "") return { mistake: `has no url; put the socket of the SDS server there, like ${scheme}/run/sds/socket` };
  const socket = url.startsWith(scheme) ? url.slice(scheme.length) : "";
  if (!socket.startsWith("/")) {
    return { mistake: `has a url that names no Unix domain socket; write ${scheme} and its absolute path` };
  }
  if (Buffer.byteLength(socket) > longestPath) {
    return { mistake: `has a url whose path is longer than ${longestPath} bytes, the most that a Unix domain socket can have` };
  }
  return { name, socket };
}

function decoded(value = ""): string {
  return Buffer.from(value, "base64").toString("utf8");
}
