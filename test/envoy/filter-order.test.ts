/** The order in which a real Envoy gets an HTTP filter and the routes that need it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import type { HTTPRouteFilter } from "../../src/api/gateway/http-route.ts";
import { prefix } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { startGateway } from "./gateway-under-test.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";

const cors: HTTPRouteFilter = { type: "CORS", cors: { allowOrigins: ["https://app.test"], maxAge: 5 } };
const route = (filters: readonly HTTPRouteFilter[]) => [routeFor("app", "app.test", [ruleTo([prefix("/")], filters)])];

interface Dump {
  readonly configs: readonly {
    readonly dynamic_listeners?: readonly { readonly active_state: { readonly last_updated: string } }[];
    readonly dynamic_route_configs?: readonly { readonly last_updated: string }[];
  }[];
}

test("a filter comes to the listener before the routes that need it, and leaves after them", async (t) => {
  const backend = createEchoBackend();
  const [port, backendPort] = [await freePort(), await listenAnywhere(backend)];
  const gateway = await startGateway({
    "gateway.yaml": [...gatewayOn(port), localBackend("echo", backendPort)],
    "route.yaml": route([]),
  });
  t.after(async () => {
    await gateway.stop();
    backend.close();
  });
  await gateway.condition("Gateway/default/eg", "Programmed", "True");

  /** When Envoy took listener and routes, once both have the filter, or both have not. */
  const taken = (withFilter: boolean) =>
    eventually(`the filter is ${withFilter ? "there" : "gone"}`, async () => {
      const dump = await gateway.envoyAdmin("/config_dump");
      const { configs } = JSON.parse(dump) as Dump;
      const listener = configs.flatMap((config) => config.dynamic_listeners ?? [])[0];
      const routes = configs.flatMap((config) => config.dynamic_route_configs ?? [])[0];
      if (listener === undefined || routes === undefined) return undefined;
      const has = [listener, routes].map((part) => JSON.stringify(part).includes("envoy.filters.http.cors"));
      if (has.some((each) => each !== withFilter)) return undefined;
      return { listener: Date.parse(listener.active_state.last_updated), routes: Date.parse(routes.last_updated) };
    });

  gateway.write("route.yaml", route([cors]));
  const added = await taken(true);
  assert.ok(added.listener <= added.routes, JSON.stringify(added));

  gateway.write("route.yaml", route([]));
  const removed = await taken(false);
  assert.ok(removed.routes <= removed.listener, JSON.stringify(removed));
});
