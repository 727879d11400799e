import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { test } from "node:test";
import type { InfraPort } from "../../ir/infra.ts";
import { portProblem } from "./port-problem.ts";

const rights = { firstUnprivileged: 1024, mayBindPrivileged: false };

function port(number: number): InfraPort {
  return { name: `http-${number}`, protocol: "TCP", servicePort: number, containerPort: number };
}

function listen(host: string): Promise<{ server: Server; number: number }> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, host, () => {
      const address = server.address();
      resolve({ server, number: typeof address === "object" && address !== null ? address.port : 0 });
    });
  });
}

const taken = [
  { host: "127.0.0.1", overlaps: true },
  { host: "0.0.0.0", overlaps: true },
  { host: "::", overlaps: true },
  { host: "::1", overlaps: false },
];
for (const { host, overlaps } of taken) {
  test(`a port on which another process listens at ${host} ${overlaps ? "is taken" : "is free"}`, async () => {
    const { server, number } = await listen(host);
    const problem = portProblem([port(number)], [], rights);
    const own = portProblem([port(number)], [process.pid], rights);
    server.close();
    if (overlaps)
      assert.match(problem ?? "", new RegExp(`^port ${number} is taken by .+ \\(pid ${process.pid}\\): stop it, or give`));
    else assert.equal(problem, undefined);
    assert.equal(own, undefined, "the proxy's own socket is no problem");
  });
}

test("a free port below the first unprivileged one needs a capability", () => {
  assert.match(portProblem([port(2)], [], rights) ?? "", /^port 2 needs CAP_NET_BIND_SERVICE: run as root, or .* above 1023$/);
  assert.equal(portProblem([port(2)], [], { ...rights, mayBindPrivileged: true }), undefined);
  assert.equal(portProblem([port(2)], [], { ...rights, firstUnprivileged: 1 }), undefined);
});

test("all ports with a problem are told, each once", () => {
  assert.equal(portProblem([port(2), port(3), port(2)], [], rights)?.split("; ").length, 2);
});
