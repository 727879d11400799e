import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RouteJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import { httpListener, httpRoute, routeRule } from "../../../test/builders/ir.ts";
import { rule } from "../../../test/builders/objects.ts";
import type { HTTPRouteRule } from "../../api/gateway/http-route.ts";
import { timeouts } from "../timeouts/timeouts.ts";
import { retries } from "./retries.ts";

/** The route that both features of a rule's time make of `draft`. */
function routeWith(fields: Pick<HTTPRouteRule, "retry" | "timeouts">, draft: RouteJson = { route: { cluster: "c" } }): RouteJson {
  const written = rule([], fields);
  return [timeouts, retries].reduce((done, feature) => {
    const outcome = feature.ruleFields?.[0]?.translate(written, {});
    assert.ok(outcome !== undefined && "parts" in outcome);
    return feature.route?.(done, httpRoute(routeRule({ parts: outcome.parts })), httpListener()) ?? done;
  }, draft);
}

describe("retries", () => {
  it("without settings are two, for failures that are safe to repeat and for 503", () => {
    assert.deepEqual(routeWith({ retry: {} }).route?.retryPolicy, {
      retryOn: "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
      retriableStatusCodes: [503],
      numRetries: 2,
      retryHostPredicate: [
        {
          name: "envoy.retry_host_predicates.previous_hosts",
          typedConfig: { "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate" },
        },
      ],
      hostSelectionRetryMaxAttempts: "5",
    });
  });

  it("are as many, as far apart and for such statuses as said", () => {
    const policy = routeWith({ retry: { attempts: 4, backoff: "250ms", codes: [500, 504] } }).route?.retryPolicy;
    assert.equal(policy?.numRetries, 4);
    assert.deepEqual(policy?.retryBackOff, { baseInterval: "0.25s" });
    assert.deepEqual(policy?.retriableStatusCodes, [500, 504]);
  });

  it("may come at once", () => {
    assert.deepEqual(routeWith({ retry: { backoff: "0s" } }).route?.retryPolicy?.retryBackOff, { baseInterval: "0.001s" });
  });

  const bounds: readonly (readonly [NonNullable<HTTPRouteRule["timeouts"]>, string | undefined, string | undefined])[] = [
    [{ request: "10s", backendRequest: "2s" }, "10s", "2s"],
    [{ backendRequest: "2s" }, undefined, "2s"],
    [{ request: "10s" }, "10s", undefined],
    [{ request: "10s", backendRequest: "0s" }, "10s", undefined],
  ];
  for (const [written, request, each] of bounds) {
    it(`within ${JSON.stringify(written)}: ${request ?? "default"} for the request, ${each ?? "no more"} for a try`, () => {
      const { route } = routeWith({ retry: {}, timeouts: written });
      assert.equal(route?.timeout, request);
      assert.equal(route?.retryPolicy?.perTryTimeout, each);
    });
  }

  it("mean nothing where the proxy answers itself", () => {
    const answer = { directResponse: { status: 500 } };
    assert.deepEqual(routeWith({ retry: {} }, answer), answer);
  });
});
