import type { ApiObject } from "../api/kinds.ts";
import { now, type OrMistake, type StoredCertificate, standingAt } from "../gatewayapi/certificates.ts";
import { objectKey } from "../gatewayapi/object-ref.ts";
import { type Collection, type Graph, type Key, type Source, systemClock } from "../graph/index.ts";
import type { ObjectWriter } from "../provider/provider.ts";

/** The time of day and a way to wait, so that tests can have their own. */
export interface WallClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fn` once, `ms` milliseconds from now. The returned function calls it off. */
  after(ms: number, fn: () => void): () => void;
}

/** A writer that also notes, for every Secret, when it came: its certificate is judged at that moment, until time changes something. */
export function judgeOnArrival(writer: ObjectWriter, instants: Source<number>, clock: WallClock = wallClock): ObjectWriter {
  return {
    set(object: ApiObject) {
      writer.set(object);
      if (object.kind === "Secret") instants.set(objectKey(object.metadata), clock.now());
    },
    delete(kind, key) {
      writer.delete(kind, key);
      if (kind === "Secret") instants.delete(key);
    },
  };
}

/** What the clock is for. */
export interface CertificateClock {
  readonly graph: Graph;
  readonly certificates: Collection<OrMistake<StoredCertificate>>;
  /** The moments at which certificates are judged. */
  readonly instants: Source<number>;
  /** Writes to sources. */
  write(fn: () => void): void;
  /** Default: the machine's. Waiting does not keep the process alive. */
  readonly clock?: WallClock;
}

/** Has certificates judged again whenever one begins or ceases to be valid. Returns a function that ends it. */
export function followCertificateTimes(following: CertificateClock): () => void {
  const { graph, certificates, instants, write, clock = wallClock } = following;
  let callOff = () => {};
  const wait = () => {
    callOff();
    const moment = clock.now();
    const next = nextChange(certificates.values(), moment);
    if (next !== undefined) callOff = clock.after(Math.min(next - moment, longestWait), advance);
  };
  const advance = () => {
    write(() => judgeAgain(certificates, instants, clock.now()));
    wait();
  };
  const unsubscribe = graph.subscribe(certificates, wait);
  return () => {
    unsubscribe();
    callOff();
  };
}

/** Sets the moment of those that stand differently by now. */
function judgeAgain(certificates: CertificateClock["certificates"], instants: Source<number>, moment: number): void {
  const changed: Key[] = [];
  for (const [key, certificate] of certificates.entries()) {
    if ("mistake" in certificate) continue;
    const before = instants.get(key) ?? instants.get(now) ?? moment;
    if (standingAt(certificate, before) !== standingAt(certificate, moment)) changed.push(key);
  }
  for (const key of changed) instants.set(key, moment);
}

/** Clocks are set, machines sleep: look at the clock at least so often. */
const longestWait = 3_600_000;

const wallClock: WallClock = { now: () => Date.now(), after: systemClock.after };

/** The next moment after `moment` at which one of the certificates is judged differently than at `moment`. */
function nextChange(certificates: Iterable<OrMistake<StoredCertificate>>, moment: number): number | undefined {
  let next: number | undefined;
  for (const certificate of certificates) {
    if ("mistake" in certificate) continue;
    const { notBefore, notAfter } = certificate;
    const change = moment < notBefore ? notBefore : notAfter + 1;
    if (change > moment && (next === undefined || change < next)) next = change;
  }
  return next;
}
