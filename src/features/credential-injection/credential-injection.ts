import type { ExtensionField, FilterOutcome } from "../../gatewayapi/route-filter.ts";
import { clusterPartsSlot } from "../../ir/cluster-parts.ts";
import { withSecretNeed } from "../../ir/generic-secret.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import { type Parts, slot } from "../../ir/slot.ts";
import type { BroughtFilter, Feature, NamedFilter } from "../feature.ts";
import { secretByName } from "../secret-by-name.ts";
import { typed } from "../typed-config.ts";

/** A credential that is added to requests. */
export interface Injection {
  /** The HTTPRouteFilter. */
  readonly source: ObjectRef;
  /** The name by which proxies ask for the credential. */
  readonly secret: string;
  /** Authorization where left out. */
  readonly header?: string;
  /** Replaces the header of the request; else a request that has it keeps its own. */
  readonly overwrite: boolean;
}

/** The credentials of a rule, or of the cluster of a backendRef. */
export const credentialInjectionSlot = slot<readonly Injection[]>("credential-injection");

const filterType = "envoy.filters.http.credential_injector";

const credentialInjectionField: ExtensionField = {
  field: "credentialInjection",
  places: ["rule", "backend"],
  translate({ credentialInjection }, parts, site): FilterOutcome {
    if (credentialInjection === undefined) return { parts };
    const { header, overwrite = false, credential } = credentialInjection;
    const { object: source } = site;
    const found = site.headerSecret?.(credential.valueRef, "credential");
    if (source === undefined || found === undefined) return mistake("no Secret can be named here");
    if ("mistake" in found) return mistake(`credential.valueRef: ${found.mistake}`);
    const named = header === undefined || header === "" ? {} : { header };
    if (!isField(headerOf(named))) return mistake(`header: ${JSON.stringify(header)} cannot carry a credential; name a header`);
    const inCluster = site.place === "backend";
    const before = inCluster ? (clusterPartsSlot.of(parts) ?? {}) : parts;
    const injections = credentialInjectionSlot.of(before) ?? [];
    const same = injections.find((other) => headerOf(other) === headerOf(named));
    if (same !== undefined) return mistake(`header: HTTPRouteFilter ${same.source.name} sets it here already; remove either`);
    const secret = `credential_injector/credential/${identity(source)}`;
    const injection: Injection = { source, secret, ...named, overwrite };
    const needing = withSecretNeed(before, { name: secret, secret: found.secret, entry: "credential" });
    const all: Parts = credentialInjectionSlot.set(needing, [...injections, injection]);
    return { parts: inCluster ? clusterPartsSlot.set(parts, all) : all };
  },
};

function mistake(message: string): FilterOutcome {
  const said = `spec.credentialInjection.${message}`;
  return { problem: { condition: "Accepted", reason: "UnsupportedValue", message: said } };
}

function headerOf({ header = "Authorization" }: Pick<Injection, "header">): string {
  return header.toLowerCase();
}

/** A token (RFC 9110, section 5.6.2), and nothing by which requests are routed or their ends are found. */
function isField(header: string): boolean {
  const reserved = ["host", "connection", "content-length", "transfer-encoding", "upgrade"];
  return /^[a-z0-9!#$%&'*+\-.^_`|~]+$/.test(header) && !reserved.includes(header);
}

function identity({ namespace, name }: ObjectRef): string {
  return `httproutefilter/${namespace}/${name}`;
}

/**
 * Adds credentials to requests: of a rule, in the listener, before the request goes anywhere; of a backendRef, in its cluster. The
 * credential is asked for by name, so that a new one touches neither. Without it, a request is answered with 401.
 */
export const credentialInjection: Feature = {
  name: credentialInjectionSlot.name,
  extensionFields: [credentialInjectionField],
  httpFilters: ({ rule }) => (credentialInjectionSlot.of(rule.parts) ?? []).map(switchedOff),
  route(draft, { rule }) {
    const injections = credentialInjectionSlot.of(rule.parts) ?? [];
    // Empty, it says no more than that the filter is on for the route.
    const on = typed("envoy.config.route.v3.FilterConfig", { config: {} });
    const configs = injections.map((injection) => [injector(injection).name, on] as const);
    return { ...draft, typedPerFilterConfig: { ...draft.typedPerFilterConfig, ...Object.fromEntries(configs) } };
  },
  // Next to the router: no other filter is to see a credential.
  connectionManager(draft) {
    const { httpFilters = [] } = draft;
    const isInjector = ({ name }: { readonly name?: string }) => name?.startsWith(`${filterType}/`) === true;
    const last = httpFilters.filter(isInjector);
    if (last.length === 0) return draft;
    const others = httpFilters.filter((filter) => !isInjector(filter));
    return { ...draft, httpFilters: [...others.slice(0, -1), ...last, ...others.slice(-1)] };
  },
  upstream(draft, { parts }) {
    const injections = credentialInjectionSlot.of(parts) ?? [];
    if (injections.length === 0) return draft;
    return { ...draft, httpFilters: [...(draft.httpFilters ?? []), ...injections.map(injector)] };
  },
};

function switchedOff(injection: Injection): BroughtFilter {
  const { secret, source } = injection;
  return { filter: { ...injector(injection), disabled: true }, references: [{ type: "Secret", name: secret }], source };
}

function injector({ source, secret, header, overwrite }: Injection): NamedFilter {
  const generic = typed("envoy.extensions.http.injected_credentials.generic.v3.Generic", {
    credential: secretByName(secret),
    ...(header !== undefined && { header }),
  });
  return {
    name: `${filterType}/${identity(source)}`,
    typedConfig: typed("envoy.extensions.filters.http.credential_injector.v3.CredentialInjector", {
      ...(overwrite && { overwrite }),
      credential: { name: "envoy.http.injected_credentials.generic", typedConfig: generic },
    }),
  };
}
