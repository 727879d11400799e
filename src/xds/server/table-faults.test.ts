import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Piece, VirtualHostPieces } from "../resource.ts";
import { findTableFaults } from "./table-faults.ts";

const end = "end-of-trial.envoy-gateway.invalid";

function piece(text: string): Piece {
  return { bytes: Buffer.from(`(${text})`), version: `version of ${text}` };
}

function host(name: string, routes: readonly string[]): VirtualHostPieces {
  return { head: piece(name), routes: routes.map(piece) };
}

/** Asks a client that reads from the front and stops at the first bad piece, as Envoy does; `!` marks bad ones. */
function search(hosts: readonly VirtualHostPieces[], taken: readonly string[] = []) {
  const trials = findTableFaults("routes", hosts, new Set(taken.map((text) => `version of ${text}`)));
  let count = 0;
  for (let step = trials.next(); ; ) {
    if (step.done === true) return { count, faults: step.value };
    count++;
    const text = Buffer.from(step.value).toString("latin1");
    assert.ok(text.includes(end), "no trial may be one that a client can take");
    const bad = text.slice(0, text.indexOf(end)).match(/\(([^()]*!)\)/);
    step = trials.next(bad === null ? "the end" : `${bad[1]} is bad`);
  }
}

const fault = (text: string) => ({ version: `version of ${text}`, message: `${text} is bad` });

describe("the search for what a client refuses of a RouteConfiguration", () => {
  it("finds the one bad route among good ones, with the words of the client", () => {
    assert.deepEqual(search([host("a", ["a1", "a2"]), host("b", ["b1", "b2!", "b3"])]).faults, [fault("b2!")]);
  });

  it("finds a virtual host that is bad itself, and blames none of its routes", () => {
    assert.deepEqual(search([host("a", ["a1"]), host("b!", ["b1", "b2"])]).faults, [fault("b!")]);
  });

  it("asks nothing about what the client took before", () => {
    const { faults, count } = search([host("a", ["a1", "a2"]), host("b", ["b1", "b2!"])], ["a", "a1", "a2", "b", "b1"]);
    assert.deepEqual(faults, [fault("b2!")]);
    assert.equal(count, 2);
  });

  it("blames nobody where every piece alone is good", () => {
    assert.deepEqual(search([host("a", ["a1"]), host("b", ["b1"])]).faults, []);
  });

  it("blames nobody of a client that always says the same", () => {
    const trials = findTableFaults("routes", [host("a", ["a1"])], new Set());
    let step = trials.next();
    while (step.done !== true) step = trials.next("refused");
    assert.deepEqual(step.value, []);
  });

  it("takes few trials: one bad route among 10,000", () => {
    const hosts = Array.from({ length: 10_000 }, (_, index) => host(`h${index}`, [index === 7777 ? "r!" : `r${index}`]));
    const { faults, count } = search(hosts);
    assert.deepEqual(faults, [fault("r!")]);
    assert.ok(count <= 2 * Math.ceil(Math.log2(10_000)) + 4, `${count} trials`);
  });

  it("finds 200 bad ones among 1,000", () => {
    const hosts = Array.from({ length: 1000 }, (_, index) => host(`h${index}`, [index % 5 === 0 ? `r${index}!` : `r${index}`]));
    const { faults, count } = search(
      hosts,
      hosts.map((_, index) => `h${index}`),
    );
    assert.equal(faults.length, 200);
    assert.ok(count <= 1400, `${count} trials`);
  });

  it("finds exactly the bad ones, wherever they are", () => {
    const text = fc.nat({ max: 1_000_000 }).chain((number) => fc.constantFrom(`${number}`, `${number}!`));
    const hosts = fc.array(fc.tuple(fc.nat({ max: 1000 }), fc.array(text, { maxLength: 6 })), { maxLength: 12 });
    fc.assert(
      fc.property(hosts, (made) => {
        const unique = made.map(([, routes], at) =>
          host(
            `h${at}`,
            routes.map((route, index) => `${at}-${index}-${route}`),
          ),
        );
        const bad = unique.flatMap(({ routes }) => routes).filter(({ version }) => version.endsWith("!"));
        assert.deepEqual(
          search(unique).faults.map(({ version }) => version),
          bad.map(({ version }) => version),
        );
      }),
    );
  });
});
