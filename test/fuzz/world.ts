/** The stages of the control plane under a history of documents, and what must hold whatever the history is. */
import assert from "node:assert/strict";
import { admit } from "../../src/api/admission.ts";
import type { EnvoyGateway } from "../../src/api/config/envoy-gateway.ts";
import { standaloneConfig } from "../../src/api/config/standalone-config.ts";
import type { ApiObject } from "../../src/api/kinds.ts";
import { openPipeline, type Pipeline } from "../../src/gateway/pipeline.ts";
import { put } from "../../src/gateway/translate.ts";
import { objectKey } from "../../src/gatewayapi/object-ref.ts";
import type { Source } from "../../src/graph/index.ts";
import { toProtoJson } from "../../src/xds/codec/decode.ts";
import { concat } from "../../src/xds/codec/splice.ts";
import { violationsUntyped } from "../../src/xds/codec/violations.ts";
import { typeUrls, type XdsResource } from "../../src/xds/resource.ts";
import type { Document } from "./documents.ts";
import type { Batch, Edit, History } from "./history.ts";

/** What a history came to. */
export interface Outcome {
  readonly admitted: number;
  readonly refused: number;
  readonly resources: readonly XdsResource[];
}

/** The moment that certificates are judged at. */
const now = Date.UTC(2026, 0, 1);

/**
 * Plays a history. Throws when a computation fails, when a resource that would be sent cannot be read or breaks the rules of Envoy's
 * API or names another that is not there, or when the end differs from what its objects make from scratch.
 */
export function play(groundwork: readonly Document[], { flags, batches }: History): Outcome {
  const config = { ...standaloneConfig([]), runtimeFlags: { enabled: flags } };
  const world = new World(config);
  try {
    for (const document of groundwork) assert.ok("object" in world.write(document), "the groundwork must be admitted");
    const seen = new Set<string>();
    for (const batch of batches) {
      world.apply(batch);
      judge(world.pipeline, seen);
    }
    assert.deepEqual(summary(world.pipeline), fromScratch(config, [...world.present.values()]));
    return { admitted: world.admitted, refused: world.refused, resources: [...world.pipeline.resources.values()] };
  } finally {
    world.pipeline.graph.close();
  }
}

class World {
  readonly pipeline: Pipeline;
  readonly present = new Map<string, ApiObject>();
  admitted = 0;
  refused = 0;

  constructor(config: EnvoyGateway) {
    this.pipeline = openPipeline({ config, now });
  }

  apply(batch: Batch): void {
    this.pipeline.graph.batch(() => {
      for (const edit of batch) this.edit(edit);
    });
  }

  edit(edit: Edit): void {
    if ("remove" in edit) this.remove(edit.remove);
    else if ("object" in this.write(edit.put)) this.admitted++;
    else this.refused++;
  }

  write(document: unknown): ReturnType<typeof admit> {
    const verdict = admit(document);
    if ("object" in verdict) {
      put(this.pipeline.objects, verdict.object);
      this.present.set(`${verdict.object.kind} ${objectKey(verdict.object.metadata)}`, verdict.object);
    } else assert.notEqual(verdict.message, "", "a refusal must say why");
    return verdict;
  }

  remove(at: number): void {
    const [key, object] = [...this.present][at % Math.max(1, this.present.size)] ?? [];
    if (key === undefined || object === undefined) return;
    (this.pipeline.objects[object.kind] as Source<ApiObject>).delete(objectKey(object.metadata));
    this.present.delete(key);
  }
}

function judge({ graph, resources }: Pipeline, seen: Set<string>): void {
  const [failure] = graph.failures.values();
  if (failure !== undefined) throw failure.error;
  for (const [key, resource] of resources.entries()) {
    for (const { type, name } of resource.references) {
      const target = `${resource.scope}|${type}|${name}`;
      assert.ok(resources.has(target), `${key} names ${target}, which is not there`);
    }
    if (seen.has(resource.version)) continue;
    seen.add(resource.version);
    const message = typeUrls[resource.type].slice("type.googleapis.com/".length);
    const found = violationsUntyped(message, toProtoJson(message, concat(resource.chunks)));
    assert.deepEqual(found, [], `${key} breaks rules of Envoy's API`);
  }
}

function fromScratch(config: EnvoyGateway, objects: readonly ApiObject[]) {
  const pipeline = openPipeline({ config, now });
  try {
    pipeline.graph.batch(() => {
      for (const object of objects.toReversed()) put(pipeline.objects, object);
    });
    return summary(pipeline);
  } finally {
    pipeline.graph.close();
  }
}

function summary({ resources, statuses, problems }: Pipeline) {
  return {
    resources: [...resources.entries()].map(([key, { version, references, warmUpMs }]) => ({
      key,
      version,
      references: [...references],
      warmUpMs,
    })),
    statuses: [...statuses.entries()],
    problems: [...problems.entries()],
  };
}
