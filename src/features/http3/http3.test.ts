import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

test("HTTP/3 is offered on the UDP port of the same number, and told in answers", () => {
  const { listeners, routes } = listenerWith({ http3: {}, tcpKeepalive: {}, proxyProtocol: {} }, "HTTPS");
  const [[, quic] = [], [, tcp] = [], ...others] = Object.entries(listeners).sort();
  assert.deepEqual(others, []);
  assert.deepEqual(quic?.address, { socket_address: { protocol: "UDP", address: "0.0.0.0", port_value: 10080 } });
  assert.match(JSON.stringify(quic), /QuicDownstreamTransport/);
  assert.doesNotMatch(JSON.stringify(quic), /proxy_protocol|tls_inspector|socket_options/);
  assert.doesNotMatch(JSON.stringify(tcp), /QuicDownstreamTransport/);
  assert.deepEqual(routes[0]?.response_headers_to_add, [
    { header: { key: "alt-svc", value: 'h3=":80"; ma=86400' }, append: true },
  ]);
});

test("it is not offered without TLS, where clients are asked for certificates, or where the port is taken", () => {
  assert.equal(Object.keys(listenerWith({ http3: {} }).listeners).length, 1);
  const asking = listenerWith({ http3: {} }, "HTTPS", { asksClients: true });
  assert.equal(Object.keys(asking.listeners).length, 1);
  assert.equal(asking.warnings[0]?.reason, "UnsupportedHTTP3ClientValidation");
  const taken = listenerWith({ http3: {} }, "HTTPS", { udpPortTaken: true });
  assert.equal(Object.keys(taken.listeners).length, 1);
  assert.equal(taken.warnings[0]?.reason, "UDPPortTaken");
});
