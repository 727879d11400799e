import type { JsonValue } from "@bufbuild/protobuf";
import type { ApiObject } from "../api/kinds.ts";
import { objectKey } from "../gatewayapi/object-ref.ts";
import type { Objects } from "../gatewayapi/objects.ts";
import type { ObjectProblem } from "../gatewayapi/problem.ts";
import type { ObjectStatus } from "../gatewayapi/status/object-status.ts";
import type { Collection, Source } from "../graph/index.ts";
import type { ProxyInfra } from "../ir/infra.ts";
import type { ScopeKey } from "../ir/reference.ts";
import type { Destination, Endpoint, HttpListener, HttpRoute, StreamListener } from "../ir/xds.ts";
import { type FieldNames, toProtoJson } from "../xds/codec/decode.ts";
import { concat } from "../xds/codec/splice.ts";
import { typeUrls, type XdsResource, type XdsType } from "../xds/resource.ts";
import { openPipeline, type Pipeline, type PipelineOptions } from "./pipeline.ts";

/** What some objects come to, as plain JSON. */
export interface Translation {
  /** Messages by scope and type, in protobuf JSON, ordered by name. */
  readonly xds: Readonly<Record<ScopeKey, Partial<Record<XdsType, readonly JsonValue[]>>>>;
  readonly ir: Readonly<Record<ScopeKey, ScopeIr>>;
  /** By `Kind/namespace/name`. */
  readonly statuses: Readonly<Record<string, ObjectStatus["status"]>>;
  /** What Envoy would refuse, and was left out or replaced. */
  readonly problems: readonly ObjectProblem[];
}

/** The IR of one scope. */
export interface ScopeIr {
  readonly infra?: ProxyInfra;
  readonly listeners: readonly HttpListener[];
  readonly streams: readonly StreamListener[];
  readonly routes: readonly HttpRoute[];
  readonly destinations: readonly (Destination & { readonly endpoints: Readonly<Record<string, readonly Endpoint[]>> })[];
}

/**
 * Translates objects all at once: the stages of the running control plane, filled in one batch and read when they are settled.
 * Of two objects with one name the later counts.
 * @param fieldNames how fields are called in the messages
 */
export function translate(
  objects: readonly ApiObject[],
  options: PipelineOptions,
  fieldNames: FieldNames = "proto",
): Translation {
  const pipeline = openPipeline(options);
  try {
    pipeline.graph.batch(() => {
      for (const object of objects) put(pipeline.objects, object);
    });
    return {
      xds: messagesOf(
        sorted(pipeline.resources).map(([, resource]) => resource),
        fieldNames,
      ),
      ir: irOf(pipeline),
      statuses: Object.fromEntries(sorted(pipeline.statuses).map(([key, { status }]) => [key, status])),
      problems: sorted(pipeline.problems).map(([, problem]) => problem),
    };
  } finally {
    pipeline.graph.close();
  }
}

/** Puts an object into the source of its kind. */
export function put(objects: Objects, object: ApiObject): void {
  // The source under a kind's name holds objects of that kind, which the compiler cannot follow through the union.
  const source = objects[object.kind] as Source<ApiObject>;
  source.set(objectKey(object.metadata), object);
}

/** The messages of resources by scope and type, in the order given. They are made again from the bytes: they are not kept. */
export function messagesOf(resources: Iterable<XdsResource>, fieldNames: FieldNames): Translation["xds"] {
  const scopes: Record<ScopeKey, Partial<Record<XdsType, JsonValue[]>>> = {};
  for (const resource of resources) {
    scopes[resource.scope] ??= {};
    const types = scopes[resource.scope] ?? {};
    types[resource.type] ??= [];
    types[resource.type]?.push(messageOf(resource, fieldNames));
  }
  return scopes;
}

function messageOf({ type, chunks }: XdsResource, fieldNames: FieldNames): JsonValue {
  return toProtoJson(typeUrls[type].slice(typeUrls[type].lastIndexOf("/") + 1), concat(chunks), fieldNames);
}

function irOf({ configuration, infra }: Pipeline): Translation["ir"] {
  const { httpListeners, streamListeners, httpRoutes, destinations, backendEndpoints } = configuration;
  const listeners = [...httpListeners.values(), ...streamListeners.values()];
  const scopes = new Set([...infra.keys(), ...listeners.map(({ scope }) => scope)]);
  const endpointsOf = ({ settings }: Destination) =>
    Object.fromEntries(settings.map(({ backend }) => [backend, backendEndpoints.get(backend)?.endpoints ?? []]));
  const inScope = <T extends { readonly scope: ScopeKey }>(collection: Collection<T>, scope: ScopeKey): T[] =>
    sorted(collection).flatMap(([, item]) => (item.scope === scope ? item : []));
  const ofScope = (scope: ScopeKey): ScopeIr => {
    const fleet = infra.get(scope);
    return {
      ...(fleet !== undefined && { infra: fleet }),
      listeners: inScope(httpListeners, scope),
      streams: inScope(streamListeners, scope),
      routes: inScope(httpRoutes, scope),
      destinations: inScope(destinations, scope).map((destination) => ({ ...destination, endpoints: endpointsOf(destination) })),
    };
  };
  return Object.fromEntries([...scopes].sort().map((scope) => [scope, ofScope(scope)]));
}

function sorted<T>(collection: Collection<T>): [string, T][] {
  return [...collection.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
}
