import assert from "node:assert/strict";
import { test } from "node:test";
import { issue, tlsSecret } from "../../test/builders/certificates.ts";
import { ManualClock } from "../../test/builders/manual-clock.ts";
import { gateway, gatewayClass, httpsListener } from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";
import { writerTo } from "../provider/provider.ts";
import { followCertificateTimes, judgeOnArrival } from "./certificate-clock.ts";

const start = Date.parse("2026-01-01T00:00:00Z");
const day = 86_400_000;
const old = await issue([]);
const at = (days: number) => new Date(start + days * day).toISOString();

/** A Gateway with one HTTPS listener whose Secret comes through a provider, on a clock that begins at `start`. */
function open() {
  const translation = translate([gatewayClass(), gateway("infra/gw", [httpsListener("https", ["s"])])]);
  const { graph, instants, storedCertificates: certificates, objects } = translation;
  const fake = new ManualClock();
  const clock = { now: () => start + fake.now(), after: fake.after.bind(fake) };
  instants.set("now", clock.now());
  const stop = followCertificateTimes({ graph, certificates, instants, write: (fn) => graph.batch(fn), clock });
  const writer = judgeOnArrival(writerTo(objects), instants, clock);
  return { translation, fake, stop, writer, served: () => translation.httpListeners.size === 1 };
}

test("a certificate is served from its first moment to its last", async () => {
  const { translation, fake, stop, writer, served } = open();
  const secret = tlsSecret("infra/s", await issue([], { notBefore: at(10), notAfter: at(20) }));
  translation.graph.batch(() => writer.set(secret));
  assert.equal(served(), false);
  fake.advance(10 * day - 1);
  assert.equal(served(), false);
  fake.advance(1);
  assert.equal(served(), true);
  fake.advance(10 * day);
  assert.equal(served(), true);
  fake.advance(1);
  assert.equal(served(), false);
  fake.advance(365 * day);
  assert.equal(fake.waiting, 0, "nothing is left to wait for");
  stop();
});

test("a certificate that was issued after the start is valid in the very batch in which it comes", async () => {
  const { translation, fake, stop, writer, served } = open();
  translation.graph.batch(() => writer.set(tlsSecret("infra/s", old)));
  assert.equal(served(), true);
  fake.advance(5 * day);
  const gone: string[] = [];
  translation.graph.subscribe(translation.httpListeners, ({ updates }) => {
    for (const [key, listener] of updates) if (listener === undefined) gone.push(key);
  });
  const renewed = tlsSecret("infra/s", await issue([], { notBefore: at(5), notAfter: at(50) }));
  translation.graph.batch(() => writer.set(renewed));
  assert.equal(served(), true);
  assert.deepEqual(gone, []);
  stop();
  assert.equal(fake.waiting, 0);
});

test("the moment of a Secret goes with it", async () => {
  const { translation, stop, writer } = open();
  translation.graph.batch(() => writer.set(tlsSecret("infra/s", old)));
  assert.ok(translation.instants.has("infra/s"));
  translation.graph.batch(() => writer.delete("Secret", "infra/s"));
  assert.ok(!translation.instants.has("infra/s"));
  stop();
});
