/** Filter chains that our own checks let pass and a real Envoy refuses: they hurt no others on their port. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { ensureLocalCertificates, readLocalCertificates } from "../../src/certificates/local-certificates.ts";
import type { Feature } from "../../src/features/feature.ts";
import { typed } from "../../src/features/typed-config.ts";
import { rememberFaults } from "../../src/gateway/known-faults.ts";
import { feedXdsStore } from "../../src/gateway/xds-feed.ts";
import { createGraph } from "../../src/graph/index.ts";
import { http3Slot } from "../../src/ir/http3.ts";
import type { SyncReport } from "../../src/ir/infra.ts";
import { slot } from "../../src/ir/slot.ts";
import type { HttpListener, HttpRoute, TlsSecret } from "../../src/ir/xds.ts";
import type { Logger } from "../../src/log/logger.ts";
import { createXdsServer, type XdsServer } from "../../src/xds/server/server.ts";
import { createXdsStore } from "../../src/xds/server/store.ts";
import { deriveXds } from "../../src/xds/translator/derive-xds.ts";
import { compatibleNaming } from "../../src/xds/translator/names.ts";
import type { Refusal } from "../../src/xds/translator/refused-pieces.ts";
import { issue } from "../builders/certificates.ts";
import { httpListener, httpRoute, listenerKey, prefixMatch, routeKey, routeRule } from "../builders/ir.ts";
import { xdsInput } from "../builders/xds-input.ts";
import { eventually } from "../envoy/eventually.ts";
import { type Envoy, request, startEnvoy } from "./envoy-process.ts";
import { scope } from "./resources.ts";

const good = "P-256";
/** A curve that no rule of Envoy's API forbids. */
const bad = "P-257";

const quiet = { debug() {}, info() {}, warn() {}, error: (_: object, message: string) => assert.fail(message) };
const nobody: Logger = { debug() {}, info() {}, warn() {}, error() {}, enabled: () => false, with: () => nobody };

/** The translation of some HTTPS listeners on one port, told of what proxies refuse. */
function openTranslation() {
  const graph = createGraph();
  const listeners = graph.source<HttpListener>("listeners");
  const secrets = graph.source<TlsSecret>("secrets");
  const refusals = graph.source<Refusal>("refusals");
  const routes = graph.source<HttpRoute>("routes");
  const options = { naming: compatibleNaming, features: [scripts], readiness: false, systemTrustFile: "/ca.crt" };
  const { resources, problems } = deriveXds(graph, xdsInput(graph, { listeners, secrets, refusals, routes }), options);
  const listen = (hostname: string, curve: string, certificate = "default/cert") => {
    const tls = { certificates: [certificate], alpn: ["http/1.1"], handshake: { curves: [curve] } };
    const name = `default/eg/${hostname}`;
    // The first gives the Envoy listener its name.
    const order = hostname === "b.test" ? 0 : 1;
    const at = { name, hostname, order, address: "127.0.0.1", port: 0 };
    const listener = httpListener({ ...at, protocol: "HTTPS", tls, parts: http3Slot.set({}, true) });
    listeners.set(listenerKey(listener), listener);
  };
  const plain = httpListener({ address: "127.0.0.2", port: 0 });
  /** Each is at its name, and does what its text says. */
  const run = (texts: Readonly<Record<string, string | undefined>>) => {
    listeners.set(listenerKey(plain), plain);
    for (const [name, text] of Object.entries(texts)) {
      const parts = text === undefined ? {} : script.set({}, text);
      const route = httpRoute(routeRule({ id: { name }, matches: [prefixMatch(`/${name}`)], parts }));
      routes.set(routeKey(route), route);
    }
  };
  return { graph, secrets, refusals, resources, problems, listen, run };
}

const script = slot<string>("script");

/** Routes that bring a filter: a script, in which nobody looks for mistakes before Envoy does. */
const scripts: Feature = {
  name: script.name,
  httpFilters: ({ rule }) => {
    const inlineString = script.of(rule.parts) ?? "";
    const typedConfig = typed("envoy.extensions.filters.http.lua.v3.Lua", { defaultSourceCode: { inlineString } });
    return [{ filter: { name: `script/${rule.id.name}`, disabled: true, typedConfig }, references: [], source: rule.source }];
  },
};

async function statusOf(port: number, path: string): Promise<number> {
  return (await request(`http://127.0.0.2:${port}/${path}`)).status;
}

/** `404` where somebody answers, `ended` where the connection is ended. */
function answerOf(port: number, servername: string): Promise<string> {
  const options = { host: "127.0.0.1", port, servername, headers: { host: servername }, rejectUnauthorized: false, agent: false };
  return new Promise((resolve) => {
    const sent = get(options, (response) => resolve(`${response.resume().statusCode}`));
    sent.on("error", () => resolve("ended"));
  });
}

for (const variant of ["delta", "sotw"] as const) {
  describe(`a filter chain that Envoy refuses over ${variant}`, () => {
    const world = openTranslation();
    const envoys: Envoy[] = [];
    let configHome: string;
    let folder: string;
    let server: XdsServer;
    let xdsPort: number;
    let report: SyncReport | undefined;
    let stopFeed = () => {};

    const start = async (node: string) => {
      const envoy = await startEnvoy({ variant, xdsPort, node, scope, certificates: folder });
      envoys.push(envoy);
      return envoy;
    };
    const settled = () =>
      eventually("all are in sync", () => (report?.synced && report.connected === envoys.length ? true : undefined));
    const answers = async (...names: string[]) => {
      await settled();
      return answersNow(names);
    };
    const answersNow = async (names: readonly string[]) => {
      const ports = await Promise.all(envoys.map((envoy) => envoy.portOf("default/eg/b.test")));
      await Promise.all(envoys.map((envoy) => envoy.portOf("default/eg/b.test-quic")));
      return Promise.all(
        ports.map(async (port) =>
          Object.fromEntries(await Promise.all(names.map(async (name) => [name, await answerOf(port, name)]))),
        ),
      );
    };
    const change = (fn: () => void) => {
      report = undefined;
      world.graph.batch(fn);
    };
    const problems = () => [...world.problems.values()];
    /** What is said of something of a listener, or of the route. */
    const told = (listener: string | undefined, of = "filter chain,") =>
      problems()
        .find(({ object, message }) => object.sectionName === listener && message.includes(of))
        ?.message.slice("Envoy refused ".length);

    before(async () => {
      configHome = await mkdtemp(join(tmpdir(), "refused-chains-"));
      const { folders } = await ensureLocalCertificates(configHome);
      folder = folders.envoy;
      const store = createXdsStore();
      const certificates = (await readLocalCertificates(configHome))["envoy-gateway"];
      const onFaults = rememberFaults(world.refusals, (fn) => world.graph.batch(fn));
      server = createXdsServer({ store, certificates, log: quiet, drainMs: 100, reportDelayMs: 0, onFaults });
      server.onReport((_, next) => {
        report = next;
      });
      stopFeed = await feedXdsStore(world.graph, world.resources, { store, log: nobody, onVersion: () => {} });
      xdsPort = await server.listen(0, "127.0.0.1");
      const { certificate, key } = await issue(["*.test"]);
      const base64 = (text: string) => Buffer.from(text).toString("base64");
      const users = [httpListener().source];
      const secret = { scope, users, certificateChain: base64(certificate), privateKey: base64(key) };
      world.graph.batch(() => {
        for (const name of ["default/cert", "default/other"]) world.secrets.set(`${scope}|${name}`, { ...secret, name });
        world.listen("b.test", good);
        world.listen("a.test", good, "default/other");
        world.listen("*.test", good);
      });
      await start("first");
    });
    after(async () => {
      for (const envoy of envoys) await envoy.stop();
      stopFeed();
      await server.close();
      world.graph.close();
      await rm(configHome, { recursive: true, force: true });
    });

    it("stays as it was; the others of its port are current, and new ones work", async () => {
      assert.deepEqual(await answers("a.test", "b.test", "any.test"), [{ "a.test": "404", "b.test": "404", "any.test": "404" }]);
      change(() => {
        world.listen("a.test", bad);
        world.listen("c.test", good);
      });
      await eventually("a.test is told", () => told("a.test"));
      assert.deepEqual(await answers("a.test", "b.test", "c.test"), [{ "a.test": "404", "b.test": "404", "c.test": "404" }]);
      assert.match(told("a.test") ?? "", /^the listener's filter chain, which is kept as it was before: Failed to init.* P-257/);
      assert.match(
        told("a.test", "for HTTP/3") ?? "",
        /^the listener's filter chain for HTTP\/3, which is kept as it was before: /,
      );
      assert.equal(problems().length, 2);
    });

    it("ends its connections where it never was another, and leaves them to no other filter chain", async () => {
      change(() => {
        world.listen("d.test", bad);
        world.listen("e.test", good);
      });
      await eventually("d.test is told", () => told("d.test", "for HTTP/3") && told("d.test"));
      assert.deepEqual(await answers("d.test", "e.test", "any.test"), [
        { "d.test": "ended", "e.test": "404", "any.test": "404" },
      ]);
      assert.match(told("d.test") ?? "", /chain, which is replaced by one that serves nothing: /);
      assert.match(told("d.test", "for HTTP/3") ?? "", /which is replaced by one that serves nothing: /);
    });

    it("is the same on a proxy that starts later", async () => {
      await start("second");
      const all = { "a.test": "404", "b.test": "404", "c.test": "404", "d.test": "ended", "e.test": "404" };
      assert.deepEqual(await answers(...Object.keys(all)), [all, all]);
    });

    it("does not stay with a certificate that is gone, for which its port would wait", async () => {
      change(() => world.secrets.delete(`${scope}|default/other`));
      await start("third");
      const all = { "a.test": "ended", "b.test": "404" };
      assert.deepEqual(await answers("a.test", "b.test"), [all, all, all]);
    });

    it("is nobody's fault but that of the routes which bring a bad filter: they answer 500, others of the port are current", async () => {
      const ofPort = async (names: readonly string[]) => {
        await settled();
        const ports = await Promise.all(envoys.map((envoy) => envoy.portOf("default/eg/http")));
        return Promise.all(ports.map((port) => Promise.all(names.map((name) => statusOf(port, name)))));
      };
      // A route that is served names a cluster that is not there.
      change(() => world.run({ plain: undefined, first: "function envoy_on_request(handle) end" }));
      assert.deepEqual(
        await ofPort(["plain", "first"]),
        envoys.map(() => [503, 503]),
      );
      change(() => world.run({ bad: "function (", second: "function envoy_on_response(handle) end" }));
      await eventually("the route is told", () => told(undefined, ""));
      assert.deepEqual(
        await ofPort(["plain", "first", "second", "bad"]),
        envoys.map(() => [503, 503, 503, 500]),
      );
      assert.match(told(undefined, "") ?? "", /^rule 0, which is answered with 500: script load error/);
      await start("fourth");
      assert.deepEqual(
        await ofPort(["plain", "bad"]),
        envoys.map(() => [503, 500]),
      );
      change(() => world.run({ bad: "function envoy_on_request(handle) end -- mended" }));
      assert.deepEqual(
        await ofPort(["plain", "first", "second", "bad"]),
        envoys.map(() => [503, 503, 503, 503]),
      );
    });

    it("works once it is mended", async () => {
      change(() => {
        world.listen("a.test", good);
        world.listen("d.test", good);
      });
      const all = { "a.test": "404", "d.test": "404" };
      assert.deepEqual(
        await answers("a.test", "d.test"),
        envoys.map(() => all),
      );
      assert.deepEqual(problems(), []);
    });

    it("is no matter of certificates that Envoy refuses: these come by themselves, and end the connections that need them", async () => {
      const garbage = Buffer.from("no certificate").toString("base64");
      const users = [{ ...httpListener().source, sectionName: "f.test" }];
      change(() => {
        const secret = { scope, name: "default/garbage", users, certificateChain: garbage, privateKey: garbage };
        world.secrets.set(`${scope}|default/garbage`, secret);
        world.listen("f.test", good, "default/garbage");
        world.listen("g.test", good);
      });
      const all = { "b.test": "404", "f.test": "ended", "g.test": "404" };
      const refused = () =>
        eventually("the refusal", () => (report?.rejections[0]?.resources.includes("default/garbage") ? true : undefined));
      await refused();
      await eventually("all answer so", async () => {
        const seen = await answersNow(Object.keys(all));
        return isDeepStrictEqual(
          seen,
          envoys.map(() => all),
        )
          ? true
          : undefined;
      });
      report = undefined;
      await start("fifth");
      await refused();
      await eventually("all answer so", async () =>
        isDeepStrictEqual(
          await answersNow(Object.keys(all)),
          envoys.map(() => all),
        )
          ? true
          : undefined,
      );
    });
  });
}
