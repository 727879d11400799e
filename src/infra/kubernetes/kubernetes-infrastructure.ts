import { type Clock, systemClock } from "../../graph/index.ts";
import type { ProxyInfra } from "../../ir/infra.ts";
import type { ScopeKey } from "../../ir/reference.ts";
import type { ApiClient } from "../../kubernetes/api-client.ts";
import { resourcePath } from "../../kubernetes/resource-path.ts";
import type { Logger } from "../../log/logger.ts";
import type { Infrastructure, ReportInfra } from "../infrastructure.ts";
import type { FollowCollection, ObjectChange } from "./cluster/followed-collection.ts";
import { type ManagedKind, managedKinds } from "./cluster/managed-kinds.ts";
import { followNodes } from "./cluster/node-addresses.ts";
import { createObjectWriter, type WriteObserver } from "./cluster/object-writer.ts";
import { observedObject } from "./cluster/observed-object.ts";
import { ObservedObjects } from "./cluster/observed-objects.ts";
import { Claims } from "./fleets/claims.ts";
import { FleetKeeper, type WantedFleet } from "./fleets/fleet-keeper.ts";
import { fleetReport } from "./fleets/fleet-report.ts";
import { isOwn, marked, noted } from "./fleets/ownership.ts";
import type { ClusterSite } from "./objects/cluster-site.ts";
import { proxyLabelSelector } from "./objects/fleet-labels.ts";
import { renderFleet } from "./objects/render-fleet.ts";

/** What the Kubernetes infrastructure is made from. */
export interface KubernetesInfrastructureOptions {
  readonly client: ApiClient;
  /** Follows collections of the same API server. */
  readonly follow: FollowCollection;
  /** The cluster as it is at the time of the call; call `siteChanged` when that is another. */
  readonly site: () => ClusterSite;
  /** The namespaces that fleets may be in; undefined: all of them. */
  readonly namespaces: readonly string[] | undefined;
  readonly report: ReportInfra;
  /** Told of every write. */
  readonly observer: WriteObserver;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** The fleets on Kubernetes. */
export interface KubernetesInfrastructure extends Infrastructure {
  /** Changes nothing any more until the next `reconcile`: another replica does. What is reported goes on. */
  rest(): Promise<void>;
  /** Renders everything anew. */
  siteChanged(): void;
}

/**
 * Runs the fleets as Deployments or DaemonSets of a cluster. It follows all objects of fleets, so that only what differs is written,
 * what somebody else changes is put right, and what nobody wants any more goes. Nothing is written before all of them are known.
 */
export function createKubernetesInfrastructure(options: KubernetesInfrastructureOptions): KubernetesInfrastructure {
  return new Fleets(options);
}

class Fleets implements KubernetesInfrastructure {
  readonly #options: KubernetesInfrastructureOptions;
  readonly #observed = new ObservedObjects();
  readonly #claims = new Claims();
  readonly #keepers = new Map<ScopeKey, FleetKeeper>();
  readonly #reported = new Map<ScopeKey, string>();
  readonly #problems = new Map<ScopeKey, string | undefined>();
  readonly #ending = new AbortController();
  readonly #known = Promise.withResolvers<void>();
  readonly #stops: (() => void)[] = [];
  readonly #nodes;
  readonly #surroundings;
  /** Collections that were not told as a whole yet; undefined before anything is followed. */
  #unsynced: number | undefined;
  #wanted: ReadonlyMap<ScopeKey, ProxyInfra> | undefined;
  #resting = true;
  #onChange = () => {};

  constructor(options: KubernetesInfrastructureOptions) {
    this.#options = options;
    const { client, observer, clock = systemClock, log, site } = options;
    this.#nodes = followNodes(options.follow, () => this.#reportAll());
    this.#surroundings = {
      writer: createObjectWriter(client, observer, this.#ending.signal),
      observed: this.#observed,
      claims: this.#claims,
      controllerNamespace: site().controllerNamespace,
      clock,
      log,
      done: (scope: ScopeKey, problem: string | undefined) => {
        this.#problems.set(scope, problem);
        this.#report(scope);
      },
    };
  }

  get known(): Promise<void> {
    return this.#known.promise;
  }

  reconcile(wanted: Iterable<ProxyInfra>): void {
    if (this.#ending.signal.aborted) return;
    this.#wanted = new Map(Array.from(wanted, (infra) => [infra.scope, infra]));
    this.#resting = false;
    if (this.#unsynced === undefined) this.#followAll();
    else if (this.#unsynced === 0) this.#keepAll();
  }

  siteChanged(): void {
    if (this.#unsynced !== 0 || this.#resting) return;
    for (const keeper of this.#keepers.values()) {
      if (keeper.wanted !== undefined) keeper.want(this.#render(keeper.wanted.infra));
    }
  }

  async rest(): Promise<void> {
    this.#resting = true;
    await Promise.all(Array.from(this.#keepers.values(), (keeper) => keeper.rest()));
  }

  async stop(hurry?: AbortSignal): Promise<void> {
    if (this.#wanted !== undefined) {
      this.reconcile([]);
      await this.#untilEmpty(hurry);
    }
    await this.detach();
  }

  async detach(): Promise<void> {
    await this.rest();
    this.#ending.abort();
    this.#nodes.stop();
    for (const stop of this.#stops.splice(0)) stop();
  }

  #untilEmpty(hurry: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onChange = () => {
      if (this.#unsynced === 0 && this.#ownScopes().length === 0) resolve();
    };
    if (hurry?.aborted) resolve();
    hurry?.addEventListener("abort", () => resolve(), { once: true });
    this.#onChange();
    return promise;
  }

  #followAll(): void {
    const { follow, namespaces } = this.#options;
    const places = namespaces ?? [undefined];
    this.#unsynced = managedKinds.length * places.length;
    for (const namespace of new Set(places)) {
      for (const kind of managedKinds) {
        const { group, version, plural } = kind;
        const path = resourcePath({ group, version, plural, ...(namespace === undefined ? {} : { namespace }) });
        const observer = {
          apply: (changes: readonly ObjectChange[]) => this.#take(kind, changes),
          synced: () => this.#syncedOne(),
        };
        this.#stops.push(follow({ path, labelSelector: proxyLabelSelector }, observer));
      }
    }
  }

  #syncedOne(): void {
    if (this.#unsynced === undefined || this.#unsynced === 0) return;
    this.#unsynced--;
    if (this.#unsynced > 0) return;
    if (!this.#resting) this.#keepAll();
    this.#known.resolve();
  }

  #take({ kind }: ManagedKind, changes: readonly ObjectChange[]): void {
    const touched = changes.flatMap(({ key, object }) => {
      if (object === undefined) return this.#observed.forget(`${kind}/${key}`);
      const observed = observedObject(kind, object);
      return observed === undefined ? [] : this.#observed.take(observed);
    });
    if (this.#unsynced !== 0) return;
    for (const scope of new Set(touched)) {
      this.#keepers.get(scope)?.look();
      this.#dropWhenGone(scope);
      this.#report(scope);
    }
    this.#onChange();
  }

  /** Gives every fleet that is wanted or there a keeper, and tells each what is wanted. */
  #keepAll(): void {
    const wanted = this.#wanted ?? new Map<ScopeKey, ProxyInfra>();
    const added = [...wanted.keys(), ...this.#ownScopes()].filter((scope) => !this.#keepers.has(scope));
    for (const scope of added) this.#keepers.set(scope, new FleetKeeper(scope, this.#surroundings));
    for (const [scope, keeper] of this.#keepers) {
      this.#want(keeper, wanted.get(scope));
      this.#dropWhenGone(scope);
    }
    // What was there before is told before anything is done to it.
    for (const scope of added) if (this.#observed.of(scope).size > 0) this.#report(scope);
  }

  /** Tells a keeper what is wanted, unless it knows. */
  #want(keeper: FleetKeeper, infra: ProxyInfra | undefined): void {
    if (keeper.isAwake && keeper.wanted?.infra === infra) return;
    const wanted = infra && this.#render(infra);
    const others = this.#claims.claim(keeper.scope, wanted?.objects.map(({ place }) => place) ?? []);
    keeper.want(wanted);
    for (const other of others) this.#keepers.get(other)?.look();
  }

  #render(infra: ProxyInfra): WantedFleet {
    const { objects, problems } = renderFleet(infra, this.#options.site());
    return {
      infra,
      problems,
      objects: objects.map((object) => marked(noted(object, infra), this.#surroundings.controllerNamespace)),
    };
  }

  /** Fleets with objects that this control plane made. */
  #ownScopes(): readonly ScopeKey[] {
    const { controllerNamespace } = this.#surroundings;
    const isOurs = (scope: ScopeKey) => [...this.#observed.of(scope).values()].some((each) => isOwn(each, controllerNamespace));
    return this.#observed.scopes().filter((scope) => this.#keepers.has(scope) || isOurs(scope));
  }

  #dropWhenGone(scope: ScopeKey): void {
    const keeper = this.#keepers.get(scope);
    if (keeper === undefined || keeper.wanted !== undefined || this.#observed.of(scope).size > 0) return;
    this.#keepers.delete(scope);
    this.#problems.delete(scope);
    if (this.#reported.delete(scope)) this.#options.report(scope, undefined);
  }

  #reportAll(): void {
    for (const scope of this.#keepers.keys()) this.#report(scope);
  }

  /** Reports on a fleet that is wanted, where there is something new. */
  #report(scope: ScopeKey): void {
    const infra = this.#wanted?.get(scope);
    if (infra === undefined) {
      if (this.#reported.delete(scope)) this.#options.report(scope, undefined);
      return;
    }
    const present = this.#observed.of(scope);
    const wanted = (this.#keepers.get(scope)?.wanted?.objects ?? []).flatMap(({ place }) => present.get(place) ?? []);
    const objects = new Set([...wanted, ...present.values()]);
    const report = fleetReport({ infra, objects, nodeAddresses: () => this.#nodes.all(), problem: this.#problems.get(scope) });
    const text = JSON.stringify(report);
    if (this.#reported.get(scope) === text) return;
    this.#reported.set(scope, text);
    this.#options.report(scope, report);
  }
}
