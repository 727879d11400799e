/** ListenerSets of several namespaces, served by the Envoy of their Gateway: observed by handshakes and requests. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import { Agent, request } from "node:https";
import { after, before, describe, test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import type { ListenerSetStatusBody } from "../../src/gatewayapi/status/object-status.ts";
import { issue, type TestCertificate, tlsSecret } from "../builders/certificates.ts";
import {
  backend,
  backendObjectRef,
  gatewayClass,
  gateway as gatewayObject,
  httpRoute,
  httpsListener,
  listener,
  listenerSet,
  parentSet,
  rule,
  takesListenerSets,
} from "../builders/objects.ts";
import { described } from "../builders/translation.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask as askPlainly } from "./http-client.ts";

const teams = ["a", "b", "c"] as const;
type Team = (typeof teams)[number];

describe("ListenerSets", () => {
  let gateway: GatewayUnderTest;
  let port: number;
  let plainPort: number;
  const servers: Server[] = [];
  const certificates = new Map<Team, TestCertificate>();

  before(async () => {
    [port, plainPort] = [await freePort(), await freePort()];
    const files: Record<string, object[]> = {};
    for (const team of teams) {
      const server = createEchoBackend({ pod: team });
      servers.push(server);
      const certificate = await issue([`${team}.test`]);
      certificates.set(team, certificate);
      const echo = backend(`team-${team}/echo`, [{ ip: { address: "127.0.0.1", port: await listenAnywhere(server) } }]);
      const route = httpRoute(`team-${team}/r`, [rule([backendObjectRef("echo")])], {
        parentRefs: [parentSet(`team-${team}/set`)],
      });
      files[`${team}.yaml`] = [echo, tlsSecret(`team-${team}/cert`, certificate), route];
      files[`set-${team}.yaml`] = [setOf(team)];
    }
    const listeners = [listener("web", { port: plainPort })];
    gateway = await startGateway({
      "gateway.yaml": [gatewayClass(), gatewayObject("default/eg", listeners, takesListenerSets())],
      ...files,
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    for (const team of teams) {
      await eventually(`${team}.test is never served`, async () =>
        (await ask(team).catch(() => "")) === team ? true : undefined,
      );
    }
  });

  after(async () => {
    await gateway?.stop();
    for (const server of servers) server.close();
  });

  /** Each team has a host of its own over TLS, and one without, under the same names. */
  function setOf(team: Team, host = `${team}.test`) {
    const same = { namespaces: { from: "Same" as const } };
    return listenerSet(`team-${team}/set`, "default/eg", [
      httpsListener("web", ["cert"], { port, hostname: host, allowedRoutes: same }),
      listener("plain", { port: plainPort, hostname: host, allowedRoutes: same }),
    ]);
  }

  /** The team that answers requests for its host, to a client that trusts that team's certificate alone. */
  function ask(team: Team, agent: Agent | false = false): Promise<string> {
    const host = `${team}.test`;
    const ca = certificates.get(team)?.certificate;
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path: "/", servername: host, headers: { host }, agent, ...(ca && { ca }) };
      request(options, (response) => {
        let body = "";
        response.on("data", (chunk) => (body += String(chunk))).on("end", () => resolve(podIn(body)));
      })
        .on("error", reject)
        .end();
    });
  }

  function podIn(body: string): string {
    const answer: unknown = JSON.parse(body);
    return typeof answer === "object" && answer !== null && "pod" in answer ? String(answer.pod) : "";
  }

  /** The conditions of a team's listeners. */
  function entriesOf(team: Team): Record<string, readonly string[]> {
    const status = gateway.controlPlane.pipeline.statuses.get(`ListenerSet/team-${team}/set`)?.status as ListenerSetStatusBody;
    return Object.fromEntries((status.listeners ?? []).map(({ name, conditions }) => [name, described(conditions)]));
  }

  test("of several namespaces are served on one port, each with its own certificate and routes", async () => {
    for (const team of teams) {
      assert.equal(await ask(team), team);
      const { status, body } = await askPlainly(plainPort, "/", { host: `${team}.test` });
      assert.deepEqual([status, podIn(body)], [200, team]);
    }
    assert.equal((await askPlainly(plainPort, "/", { host: "other.test" })).status, 404);
  });

  test("that come, go and ask for what others have harm no request of others", async () => {
    const failures: string[] = [];
    let [requests, ended] = [0, false];
    const keepAlive = new Agent({ keepAlive: true, maxSockets: 2 });
    const load = (agent: Agent | false) => async () => {
      while (!ended) {
        requests += 1;
        const answer = await ask("a", agent).catch((error: unknown) => String(error));
        if (answer !== "a") failures.push(answer);
      }
    };
    const clients = [load(false), load(false), load(keepAlive), load(keepAlive)].map((client) => client());
    const answered = async (more: number) => {
      const until = requests + more;
      await eventually(`${more} requests were never sent`, () => (requests >= until ? true : undefined));
    };

    await answered(20);
    gateway.remove("set-b.yaml");
    await eventually("b.test is still served", () =>
      ask("b").then(
        () => undefined,
        () => true,
      ),
    );
    await answered(20);
    gateway.write("set-c.yaml", [setOf("c", "a.test")]);
    const conflicting = () => (entriesOf("c").web?.includes("Conflicted=True/HostnameConflict") ? true : undefined);
    await eventually("the conflict is never told", conflicting);
    await answered(20);
    gateway.write("set-b.yaml", [setOf("b")]);
    await eventually("b.test is not served again", async () => ((await ask("b").catch(() => "")) === "b" ? true : undefined));
    await answered(20);

    ended = true;
    await Promise.all(clients);
    keepAlive.destroy();
    assert.deepEqual(failures.slice(0, 5), [], `of ${requests} requests`);
    assert.deepEqual(entriesOf("c").web, [
      "Accepted=False/HostnameConflict",
      "Conflicted=True/HostnameConflict",
      "Programmed=False/HostnameConflict",
      "ResolvedRefs=True/ResolvedRefs",
    ]);
    const { status } = gateway.controlPlane.pipeline.statuses.get("Gateway/default/eg") ?? {};
    assert.equal(status && "attachedListenerSets" in status ? status.attachedListenerSets : undefined, 2);
  });
});
